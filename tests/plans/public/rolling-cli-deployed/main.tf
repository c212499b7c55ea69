# After turnerlabs/terraform-ecs-fargate: an internal service that a command-line tool deploys (Terraform ignores the task
# definition), with old aws_alb* names, access logs in a bucket, step scaling, and alarms whose names hold their thresholds.

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

variable "app" {
  default = "orders"
}

variable "environment" {
  default = "dev"
}

variable "internal" {
  default = true
}

variable "container_port" {
  default = 8080
}

variable "replicas" {
  default = 1
}

variable "cpu_low" {
  default = 20
}

variable "cpu_high" {
  default = 80
}

variable "tags" {
  default = { application = "orders" }
}

locals {
  name = "${var.app}-${var.environment}"
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

data "aws_elb_service_account" "main" {
}

resource "aws_s3_bucket" "lb_access_logs" {
  bucket        = "${local.name}-lb-access-logs"
  force_destroy = true
  tags          = var.tags
}

resource "aws_s3_bucket_policy" "lb_access_logs" {
  bucket = aws_s3_bucket.lb_access_logs.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = ["s3:PutObject"]
      Resource  = ["${aws_s3_bucket.lb_access_logs.arn}/*"]
      Principal = { AWS = [data.aws_elb_service_account.main.arn] }
    }]
  })
}

resource "aws_security_group" "nsg_lb" {
  name        = "${local.name}-lb"
  description = "Load balancer of ${local.name}"
  vpc_id      = data.aws_vpc.main.id
  tags        = var.tags
}

resource "aws_security_group" "nsg_task" {
  name        = "${local.name}-task"
  description = "Tasks of ${local.name}"
  vpc_id      = data.aws_vpc.main.id
  tags        = var.tags
}

resource "aws_security_group_rule" "ingress_lb_http" {
  type              = "ingress"
  description       = "HTTP"
  from_port         = 80
  to_port           = 80
  protocol          = "tcp"
  cidr_blocks       = ["0.0.0.0/0"]
  security_group_id = aws_security_group.nsg_lb.id
}

resource "aws_security_group_rule" "nsg_lb_egress_rule" {
  type                     = "egress"
  description              = "To the tasks only"
  from_port                = var.container_port
  to_port                  = var.container_port
  protocol                 = "tcp"
  source_security_group_id = aws_security_group.nsg_task.id
  security_group_id        = aws_security_group.nsg_lb.id
}

resource "aws_security_group_rule" "nsg_task_ingress_rule" {
  type                     = "ingress"
  description              = "From the load balancer only"
  from_port                = var.container_port
  to_port                  = var.container_port
  protocol                 = "tcp"
  source_security_group_id = aws_security_group.nsg_lb.id
  security_group_id        = aws_security_group.nsg_task.id
}

resource "aws_security_group_rule" "nsg_task_egress_rule" {
  type              = "egress"
  description       = "To everywhere"
  from_port         = 0
  to_port           = 0
  protocol          = "-1"
  cidr_blocks       = ["0.0.0.0/0"]
  security_group_id = aws_security_group.nsg_task.id
}

resource "aws_alb" "main" {
  name            = local.name
  internal        = var.internal
  subnets         = data.aws_subnets.main.ids
  security_groups = [aws_security_group.nsg_lb.id]
  tags            = var.tags

  access_logs {
    enabled = true
    bucket  = aws_s3_bucket.lb_access_logs.bucket
  }

  depends_on = [aws_s3_bucket_policy.lb_access_logs]
}

resource "aws_alb_target_group" "main" {
  name                 = local.name
  port                 = 80
  protocol             = "HTTP"
  vpc_id               = data.aws_vpc.main.id
  target_type          = "ip"
  deregistration_delay = 30
  tags                 = var.tags

  health_check {
    path                = "/health"
    matcher             = "200"
    interval            = 30
    timeout             = 10
    healthy_threshold   = 5
    unhealthy_threshold = 5
  }
}

resource "aws_alb_listener" "http" {
  load_balancer_arn = aws_alb.main.id
  port              = 80
  protocol          = "HTTP"

  default_action {
    target_group_arn = aws_alb_target_group.main.id
    type             = "forward"
  }
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

resource "aws_iam_role" "execution" {
  name               = "${local.name}-ecs"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy_attachment" "execution" {
  role       = aws_iam_role.execution.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

resource "aws_iam_role" "app" {
  name               = local.name
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_cloudwatch_log_group" "logs" {
  name              = "/fargate/service/${local.name}"
  retention_in_days = 90
  tags              = var.tags
}

resource "aws_ecs_cluster" "app" {
  name = local.name
  tags = var.tags
  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_ecs_task_definition" "app" {
  family                   = local.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = "256"
  memory                   = "512"
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.app.arn
  tags                     = var.tags

  container_definitions = <<DEFINITION
[
  {
    "name": "app",
    "image": "registry.example.com/default-backend:v0.9.0",
    "essential": true,
    "portMappings": [{"protocol": "tcp", "containerPort": ${var.container_port}, "hostPort": ${var.container_port}}],
    "environment": [
      {"name": "PORT", "value": "${var.container_port}"},
      {"name": "ENABLE_LOGGING", "value": "false"}
    ],
    "logConfiguration": {
      "logDriver": "awslogs",
      "options": {
        "awslogs-group": "${aws_cloudwatch_log_group.logs.name}",
        "awslogs-region": "us-east-1",
        "awslogs-stream-prefix": "ecs"
      }
    }
  }
]
DEFINITION
}

resource "aws_ecs_service" "app" {
  name                    = local.name
  cluster                 = aws_ecs_cluster.app.id
  launch_type             = "FARGATE"
  task_definition         = aws_ecs_task_definition.app.arn
  desired_count           = var.replicas
  enable_ecs_managed_tags = true
  propagate_tags          = "SERVICE"
  tags                    = var.tags

  network_configuration {
    security_groups = [aws_security_group.nsg_task.id]
    subnets         = data.aws_subnets.main.ids
  }

  load_balancer {
    target_group_arn = aws_alb_target_group.main.id
    container_name   = "app"
    container_port   = var.container_port
  }

  depends_on = [aws_alb_listener.http]

  lifecycle {
    ignore_changes = [task_definition]
  }
}

resource "aws_appautoscaling_target" "app" {
  service_namespace  = "ecs"
  resource_id        = "service/${aws_ecs_cluster.app.name}/${aws_ecs_service.app.name}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = 1
  max_capacity       = 8
}

resource "aws_appautoscaling_policy" "up" {
  name               = "app-scale-up"
  service_namespace  = aws_appautoscaling_target.app.service_namespace
  resource_id        = aws_appautoscaling_target.app.resource_id
  scalable_dimension = aws_appautoscaling_target.app.scalable_dimension

  step_scaling_policy_configuration {
    adjustment_type         = "ChangeInCapacity"
    cooldown                = 60
    metric_aggregation_type = "Average"
    step_adjustment {
      metric_interval_lower_bound = 0
      scaling_adjustment          = 1
    }
  }
}

resource "aws_appautoscaling_policy" "down" {
  name               = "app-scale-down"
  service_namespace  = aws_appautoscaling_target.app.service_namespace
  resource_id        = aws_appautoscaling_target.app.resource_id
  scalable_dimension = aws_appautoscaling_target.app.scalable_dimension

  step_scaling_policy_configuration {
    adjustment_type         = "ChangeInCapacity"
    cooldown                = 300
    metric_aggregation_type = "Average"
    step_adjustment {
      metric_interval_upper_bound = 0
      scaling_adjustment          = -1
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "cpu_high" {
  alarm_name          = "${local.name}-CPU-Utilization-High-${var.cpu_high}"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  evaluation_periods  = 1
  metric_name         = "CPUUtilization"
  namespace           = "AWS/ECS"
  period              = 60
  statistic           = "Average"
  threshold           = var.cpu_high
  alarm_actions       = [aws_appautoscaling_policy.up.arn]
  dimensions = {
    ClusterName = aws_ecs_cluster.app.name
    ServiceName = aws_ecs_service.app.name
  }
}

resource "aws_cloudwatch_metric_alarm" "cpu_low" {
  alarm_name          = "${local.name}-CPU-Utilization-Low-${var.cpu_low}"
  comparison_operator = "LessThanThreshold"
  evaluation_periods  = 1
  metric_name         = "CPUUtilization"
  namespace           = "AWS/ECS"
  period              = 60
  statistic           = "Average"
  threshold           = var.cpu_low
  alarm_actions       = [aws_appautoscaling_policy.down.arn]
  dimensions = {
    ClusterName = aws_ecs_cluster.app.name
    ServiceName = aws_ecs_service.app.name
  }
}
