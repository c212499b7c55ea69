# After umotif-public/terraform-aws-ecs-fargate and its example: target groups by name, a security group by prefix, both made before
# the old ones are deleted, capacity providers, and each apply rolls the service out anew. The module's resources stand in one file.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

provider "aws" {
  region = "us-east-1"
}

data "aws_vpc" "main" {
  default = true
}

data "aws_subnets" "main" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.main.id]
  }
  filter {
    name   = "availability-zone"
    values = ["us-east-1a", "us-east-1b"]
  }
}

locals {
  name_prefix   = "fargate-example"
  target_groups = { "tg-fargate-example" = { container_port = 80 } }
}

resource "aws_security_group" "alb" {
  name   = "${local.name_prefix}-alb"
  vpc_id = data.aws_vpc.main.id
  ingress {
    protocol    = "tcp"
    from_port   = 80
    to_port     = 80
    cidr_blocks = ["0.0.0.0/0"]
  }
  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_security_group" "ecs_service" {
  name_prefix            = "${local.name_prefix}-ecs-service-sg-"
  description            = "Fargate service security group"
  vpc_id                 = data.aws_vpc.main.id
  revoke_rules_on_delete = true
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_security_group_rule" "egress_service" {
  security_group_id = aws_security_group.ecs_service.id
  type              = "egress"
  protocol          = "-1"
  from_port         = 0
  to_port           = 0
  cidr_blocks       = ["0.0.0.0/0"]
}

resource "aws_security_group_rule" "task_ingress_80" {
  security_group_id        = aws_security_group.ecs_service.id
  type                     = "ingress"
  protocol                 = "tcp"
  from_port                = 80
  to_port                  = 80
  source_security_group_id = aws_security_group.alb.id
}

resource "aws_lb" "main" {
  name            = local.name_prefix
  subnets         = data.aws_subnets.main.ids
  security_groups = [aws_security_group.alb.id]
}

resource "aws_lb_target_group" "task" {
  for_each    = local.target_groups
  name        = each.key
  vpc_id      = data.aws_vpc.main.id
  protocol    = "HTTP"
  port        = each.value.container_port
  target_type = "ip"
  health_check {
    port    = "traffic-port"
    path    = "/"
    matcher = "200"
  }
  tags = { Name = each.key }
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.main.arn
  port              = 80
  protocol          = "HTTP"
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.task["tg-fargate-example"].arn
  }
}

resource "aws_ecs_cluster" "cluster" {
  name = local.name_prefix
}

resource "aws_ecs_cluster_capacity_providers" "cluster" {
  cluster_name       = aws_ecs_cluster.cluster.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
}

resource "aws_cloudwatch_log_group" "main" {
  name              = local.name_prefix
  retention_in_days = 14
}

data "aws_iam_policy_document" "task_assume" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "execution" {
  name               = "${local.name_prefix}-task-execution-role"
  assume_role_policy = data.aws_iam_policy_document.task_assume.json
}

resource "aws_iam_role_policy_attachment" "execution" {
  role       = aws_iam_role.execution.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

resource "aws_ecs_task_definition" "task" {
  family                   = local.name_prefix
  execution_role_arn       = aws_iam_role.execution.arn
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  cpu                      = 512
  memory                   = 1024
  container_definitions = jsonencode([{
    name         = local.name_prefix
    image        = "registry.example.com/2048:latest"
    essential    = true
    portMappings = [for group in local.target_groups : { containerPort = group.container_port, hostPort = group.container_port, protocol = "tcp" }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.main.name
        awslogs-region        = "us-east-1"
        awslogs-stream-prefix = "container"
      }
    }
  }])
}

resource "aws_ecs_service" "service" {
  name                               = local.name_prefix
  cluster                            = aws_ecs_cluster.cluster.id
  task_definition                    = aws_ecs_task_definition.task.arn
  desired_count                      = 2
  propagate_tags                     = "TASK_DEFINITION"
  force_new_deployment               = true
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  health_check_grace_period_seconds  = 300

  network_configuration {
    subnets          = data.aws_subnets.main.ids
    security_groups  = [aws_security_group.ecs_service.id]
    assign_public_ip = true
  }

  capacity_provider_strategy {
    capacity_provider = "FARGATE"
    weight            = 1
    base              = 1
  }

  dynamic "load_balancer" {
    for_each = local.target_groups
    content {
      container_name   = local.name_prefix
      container_port   = load_balancer.value.container_port
      target_group_arn = aws_lb_target_group.task[load_balancer.key].arn
    }
  }

  depends_on = [aws_lb_listener.http, aws_ecs_cluster_capacity_providers.cluster, aws_iam_role_policy_attachment.execution]
}
