variable "name" {}
variable "environment" {}
variable "logs_group" {}
variable "logs_retention" {}
variable "cluster" {}
variable "vpc_id" {}
variable "subnet_ids" {}
variable "lb_security_group" {}
variable "lb_target_group" {}
variable "container_port" {}
variable "alarm_cpu" {}
variable "tasks" {}
variable "tasks_max_percent" {}
variable "tasks_min_percent" {}
variable "exec_enabled" {}

locals {
  container = "${var.name}-${var.environment}"
}

resource "aws_cloudwatch_log_group" "main" {
  name              = var.logs_group
  retention_in_days = var.logs_retention
  tags              = { Environment = var.environment }
}

resource "aws_cloudwatch_metric_alarm" "cpu" {
  alarm_name          = "${local.container}-cpu"
  alarm_description   = "Monitors ECS CPU Utilization"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  evaluation_periods  = 2
  metric_name         = "CPUUtilization"
  namespace           = "AWS/ECS"
  period              = 120
  statistic           = "Average"
  threshold           = var.alarm_cpu
  dimensions = {
    ClusterName = var.cluster.name
    ServiceName = aws_ecs_service.main[0].name
  }
}

resource "aws_security_group" "ecs" {
  name        = "ecs-${local.container}"
  description = "${local.container} container security group"
  vpc_id      = var.vpc_id
}

resource "aws_security_group_rule" "outbound" {
  description       = "All outbound"
  security_group_id = aws_security_group.ecs.id
  type              = "egress"
  protocol          = "-1"
  from_port         = 0
  to_port           = 0
  cidr_blocks       = ["0.0.0.0/0"]
}

resource "aws_security_group_rule" "from_lb" {
  description              = "Allow in ALB"
  security_group_id        = aws_security_group.ecs.id
  type                     = "ingress"
  protocol                 = "tcp"
  from_port                = var.container_port
  to_port                  = var.container_port
  source_security_group_id = var.lb_security_group
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "execution" {
  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.main.arn}:*"]
  }
  statement {
    actions   = ["ecr:GetAuthorizationToken", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"]
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "exec" {
  statement {
    sid = "AllowECSExec"
    actions = [
      "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
      "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
    ]
    resources = ["*"]
  }
}

resource "aws_iam_role" "task" {
  name               = "ecs-task-role-${local.container}"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "exec" {
  count  = var.exec_enabled ? 1 : 0
  name   = "ecs-exec"
  role   = aws_iam_role.task.name
  policy = data.aws_iam_policy_document.exec.json
}

resource "aws_iam_role" "execution" {
  name               = "ecs-task-execution-role-${local.container}"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "execution" {
  name   = "${aws_iam_role.execution.name}-policy"
  role   = aws_iam_role.execution.name
  policy = data.aws_iam_policy_document.execution.json
}

resource "aws_ecs_task_definition" "main" {
  family                   = local.container
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  cpu                      = 256
  memory                   = 512
  task_role_arn            = aws_iam_role.task.arn
  execution_role_arn       = aws_iam_role.execution.arn

  container_definitions = jsonencode([{
    name         = local.container
    image        = "registry.example.com/hello-world:1"
    essential    = true
    portMappings = [{ containerPort = var.container_port, hostPort = var.container_port, protocol = "tcp" }]
    environment  = [{ name = "PORT", value = tostring(var.container_port) }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = var.logs_group
        awslogs-region        = "us-east-1"
        awslogs-stream-prefix = "helloworld"
      }
    }
  }])

  lifecycle {
    ignore_changes = [requires_compatibilities, cpu, memory, execution_role_arn, container_definitions]
  }
}

resource "aws_ecs_service" "main" {
  count                              = 1
  name                               = var.name
  cluster                            = var.cluster.arn
  launch_type                        = "FARGATE"
  task_definition                    = aws_ecs_task_definition.main.arn
  desired_count                      = var.tasks
  deployment_minimum_healthy_percent = var.tasks_min_percent
  deployment_maximum_percent         = var.tasks_max_percent
  enable_execute_command             = var.exec_enabled

  network_configuration {
    subnets         = var.subnet_ids
    security_groups = [aws_security_group.ecs.id]
  }

  load_balancer {
    target_group_arn = var.lb_target_group
    container_name   = local.container
    container_port   = var.container_port
  }

  lifecycle {
    ignore_changes = [task_definition]
  }
}
