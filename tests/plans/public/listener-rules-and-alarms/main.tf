# After cloudposse/terraform-aws-ecs-web-app: a web application behind rules of a shared load balancer, with names from labels,
# autoscaling, and alarms of the service and its target group that tell a topic. The pipeline and the log-in are left out.

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

variable "namespace" {
  default = "eg"
}

variable "stage" {
  default = "prod"
}

variable "name" {
  default = "app"
}

variable "tags" {
  default = { Namespace = "eg", Stage = "prod" }
}

locals {
  id = "${var.namespace}-${var.stage}-${var.name}"
}

resource "aws_security_group" "alb" {
  name        = "${local.id}-alb"
  description = "Controls access to the ALB (HTTP/HTTPS)"
  vpc_id      = data.aws_vpc.main.id
  tags        = var.tags
}

resource "aws_security_group_rule" "alb" {
  for_each          = { http = ["ingress", 80, 80, "tcp"], all = ["egress", 0, 0, "-1"] }
  type              = each.value[0]
  from_port         = each.value[1]
  to_port           = each.value[2]
  protocol          = each.value[3]
  cidr_blocks       = ["0.0.0.0/0"]
  security_group_id = aws_security_group.alb.id
}

resource "aws_security_group" "service" {
  name        = "${local.id}-service"
  description = "Allow ALL egress from ECS service"
  vpc_id      = data.aws_vpc.main.id
  tags        = var.tags
}

resource "aws_security_group_rule" "service" {
  type                     = "ingress"
  from_port                = 8080
  to_port                  = 8080
  protocol                 = "tcp"
  source_security_group_id = aws_security_group.alb.id
  security_group_id        = aws_security_group.service.id
}

resource "aws_lb" "default" {
  name               = "${var.namespace}-${var.stage}"
  load_balancer_type = "application"
  security_groups    = [aws_security_group.alb.id]
  subnets            = data.aws_subnets.main.ids
  idle_timeout       = 60
  tags               = var.tags
}

resource "aws_lb_target_group" "default" {
  name                 = local.id
  port                 = 80
  protocol             = "HTTP"
  vpc_id               = data.aws_vpc.main.id
  target_type          = "ip"
  deregistration_delay = 15
  tags                 = var.tags

  health_check {
    path                = "/health"
    timeout             = 10
    healthy_threshold   = 2
    unhealthy_threshold = 2
    interval            = 15
    matcher             = "200-399"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.default.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type = "fixed-response"
    fixed_response {
      content_type = "text/plain"
      message_body = "Nothing here"
      status_code  = "404"
    }
  }
}

resource "aws_lb_listener_rule" "paths" {
  count        = 1
  listener_arn = aws_lb_listener.http.arn
  priority     = 100

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.default.arn
  }

  condition {
    path_pattern {
      values = ["/api/*", "/assets/*"]
    }
  }
}

resource "aws_lb_listener_rule" "hosts" {
  count        = 1
  listener_arn = aws_lb_listener.http.arn
  priority     = 200

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.default.arn
  }

  condition {
    host_header {
      values = ["app.example.com"]
    }
  }
}

resource "aws_ecs_cluster" "default" {
  name = "${var.namespace}-${var.stage}"
  tags = var.tags
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

resource "aws_iam_role" "exec" {
  name               = "${local.id}-exec"
  assume_role_policy = data.aws_iam_policy_document.assume.json
  tags               = var.tags
}

resource "aws_iam_role_policy_attachment" "exec" {
  role       = aws_iam_role.exec.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

resource "aws_ecs_task_definition" "default" {
  family                   = local.id
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = aws_iam_role.exec.arn
  tags                     = var.tags
  container_definitions = jsonencode([{
    name         = local.id
    image        = "registry.example.com/app:3.2.1"
    essential    = true
    portMappings = [{ containerPort = 8080 }]
    environment  = [{ name = "FEATURE_SEARCH", value = "off" }]
  }])
}

resource "aws_ecs_service" "default" {
  name                               = local.id
  cluster                            = aws_ecs_cluster.default.arn
  task_definition                    = aws_ecs_task_definition.default.arn
  desired_count                      = 2
  launch_type                        = "FARGATE"
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  health_check_grace_period_seconds  = 30
  propagate_tags                     = "SERVICE"
  tags                               = var.tags

  load_balancer {
    target_group_arn = aws_lb_target_group.default.arn
    container_name   = local.id
    container_port   = 8080
  }

  network_configuration {
    subnets          = data.aws_subnets.main.ids
    security_groups  = [aws_security_group.service.id]
    assign_public_ip = true
  }

  depends_on = [aws_lb_listener_rule.paths, aws_lb_listener_rule.hosts]

  lifecycle {
    ignore_changes = [desired_count]
  }
}

resource "aws_appautoscaling_target" "default" {
  service_namespace  = "ecs"
  resource_id        = "service/${aws_ecs_cluster.default.name}/${aws_ecs_service.default.name}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = 2
  max_capacity       = 6
  tags               = var.tags
}

resource "aws_sns_topic" "alarms" {
  name = "${local.id}-alarms"
  tags = var.tags
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  count               = 1
  alarm_name          = "${local.id}-5xx-count"
  alarm_description   = "HTTPCode_Target_5XX_Count over the last minutes"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  metric_name         = "HTTPCode_Target_5XX_Count"
  namespace           = "AWS/ApplicationELB"
  period              = 300
  statistic           = "Sum"
  threshold           = 25
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  tags                = var.tags
  dimensions = {
    LoadBalancer = aws_lb.default.arn_suffix
    TargetGroup  = aws_lb_target_group.default.arn_suffix
  }
}

resource "aws_cloudwatch_metric_alarm" "cpu" {
  alarm_name          = "${local.id}-cpu-utilization-high"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  evaluation_periods  = 1
  metric_name         = "CPUUtilization"
  namespace           = "AWS/ECS"
  period              = 300
  statistic           = "Average"
  threshold           = 80
  alarm_actions       = [aws_sns_topic.alarms.arn]
  tags                = var.tags
  dimensions = {
    ClusterName = aws_ecs_cluster.default.name
    ServiceName = aws_ecs_service.default.name
  }
}
