variable "prefix" {}
variable "vpc_id" {}
variable "subnets" {}
variable "cluster_id" {}
variable "image" {}
variable "port" {}
variable "desired_count" {}
variable "environment" {}
variable "secrets" {}

variable "log_retention_in_days" {
  description = "Days"
  default     = 30
}

resource "aws_cloudwatch_log_group" "main" {
  name              = var.prefix
  retention_in_days = var.log_retention_in_days
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
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.main.arn}:*"]
  }
  statement {
    sid       = "Images"
    actions   = ["ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = ["*"]
  }
  statement {
    sid       = "Secrets"
    actions   = ["ssm:GetParameters"]
    resources = values(var.secrets)
  }
}

resource "aws_iam_role" "execution" {
  name               = "${var.prefix}-task-execution-role"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "execution" {
  name   = "${var.prefix}-task-execution"
  role   = aws_iam_role.execution.id
  policy = data.aws_iam_policy_document.execution.json
}

resource "aws_iam_role" "task" {
  name               = "${var.prefix}-task-role"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_security_group" "service" {
  name        = "${var.prefix}-ecs-service-sg"
  description = "Fargate service security group"
  vpc_id      = var.vpc_id
}

resource "aws_security_group_rule" "egress" {
  security_group_id = aws_security_group.service.id
  type              = "egress"
  protocol          = "-1"
  from_port         = 0
  to_port           = 0
  cidr_blocks       = ["0.0.0.0/0"]
}

resource "aws_lb_target_group" "task" {
  name        = "${var.prefix}-${var.port}"
  vpc_id      = var.vpc_id
  protocol    = "HTTP"
  port        = var.port
  target_type = "ip"

  health_check {
    path    = "/"
    port    = "traffic-port"
    matcher = "200"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_ecs_task_definition" "task" {
  family                   = var.prefix
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  cpu                      = 256
  memory                   = 512

  container_definitions = jsonencode([{
    name         = var.prefix
    image        = var.image
    essential    = true
    portMappings = [{ containerPort = var.port, hostPort = var.port, protocol = "tcp" }]
    environment  = [for name, value in var.environment : { name = name, value = value }]
    secrets      = [for name, arn in var.secrets : { name = name, valueFrom = arn }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.main.name
        awslogs-region        = "us-east-1"
        awslogs-stream-prefix = "container"
      }
    }
  }])

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "X86_64"
  }
}

resource "aws_ecs_service" "service" {
  name                               = var.prefix
  cluster                            = var.cluster_id
  task_definition                    = aws_ecs_task_definition.task.arn
  desired_count                      = var.desired_count
  launch_type                        = "FARGATE"
  deployment_minimum_healthy_percent = 50
  deployment_maximum_percent         = 200
  health_check_grace_period_seconds  = 300

  network_configuration {
    subnets          = var.subnets
    security_groups  = [aws_security_group.service.id]
    assign_public_ip = true
  }

  load_balancer {
    container_name   = var.prefix
    container_port   = var.port
    target_group_arn = aws_lb_target_group.task.arn
  }

  deployment_circuit_breaker {
    enable   = false
    rollback = false
  }

  depends_on = [aws_iam_role_policy.execution]
}

output "target_group_arn" {
  value = aws_lb_target_group.task.arn
}

output "security_group_id" {
  value = aws_security_group.service.id
}
