# What this repository's stack does not have yet: alarms that take a release back, autoscaling, a deployment config.
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 5.100.0" }
  }
}

provider "aws" {
  region = "us-east-1"
}

resource "aws_vpc" "main" {
  cidr_block = "10.2.0.0/16"
}

resource "aws_subnet" "main" {
  for_each          = { a = "10.2.0.0/24", b = "10.2.1.0/24" }
  vpc_id            = aws_vpc.main.id
  availability_zone = "us-east-1${each.key}"
  cidr_block        = each.value
}

resource "aws_lb" "main" {
  name               = "scaling"
  internal           = true
  load_balancer_type = "application"
  subnets            = values(aws_subnet.main)[*].id
}

resource "aws_lb_target_group" "color" {
  for_each    = toset(["blue", "green"])
  name        = "scaling-${each.key}"
  port        = 80
  protocol    = "HTTP"
  target_type = "ip"
  vpc_id      = aws_vpc.main.id
}

resource "aws_lb_listener" "prod" {
  load_balancer_arn = aws_lb.main.arn
  port              = 80
  protocol          = "HTTP"
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.color["blue"].arn
  }
  lifecycle {
    ignore_changes = [default_action]
  }
}

resource "aws_ecs_cluster" "main" {
  name = "scaling"
}

resource "aws_ecs_task_definition" "api" {
  family                   = "scaling-api"
  cpu                      = 256
  memory                   = 512
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  container_definitions = jsonencode([{
    name         = "api"
    image        = "public.ecr.aws/docker/library/nginx:1.29"
    essential    = true
    portMappings = [{ containerPort = 80 }]
  }])
}

resource "aws_ecs_service" "api" {
  name            = "api"
  cluster         = aws_ecs_cluster.main.id
  task_definition = aws_ecs_task_definition.api.arn
  launch_type     = "FARGATE"
  desired_count   = 0
  deployment_controller {
    type = "CODE_DEPLOY"
  }
  network_configuration {
    subnets = values(aws_subnet.main)[*].id
  }
  load_balancer {
    target_group_arn = aws_lb_target_group.color["blue"].arn
    container_name   = "api"
    container_port   = 80
  }
  lifecycle {
    ignore_changes = [task_definition, load_balancer, desired_count]
  }
  depends_on = [aws_lb_listener.prod]
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "scaling-api-errors"
  alarm_description   = "Too many errors"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 2
  metric_name         = "HTTPCode_Target_5XX_Count"
  namespace           = "AWS/ApplicationELB"
  period              = 60
  statistic           = "Sum"
  threshold           = 5
  treat_missing_data  = "notBreaching"
  dimensions          = { LoadBalancer = aws_lb.main.arn_suffix }
}

resource "aws_iam_role" "codedeploy" {
  name = "scaling-codedeploy"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "codedeploy.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "codedeploy" {
  role       = aws_iam_role.codedeploy.name
  policy_arn = "arn:aws:iam::aws:policy/AWSCodeDeployRoleForECS"
}

resource "aws_codedeploy_app" "api" {
  name             = "scaling-api"
  compute_platform = "ECS"
}

resource "aws_codedeploy_deployment_config" "slow" {
  deployment_config_name = "scaling-slow"
  compute_platform       = "ECS"
  traffic_routing_config {
    type = "TimeBasedLinear"
    time_based_linear {
      interval   = 10
      percentage = 10
    }
  }
}

resource "aws_codedeploy_deployment_group" "api" {
  app_name               = aws_codedeploy_app.api.name
  deployment_group_name  = "scaling-api"
  deployment_config_name = aws_codedeploy_deployment_config.slow.deployment_config_name
  service_role_arn       = aws_iam_role.codedeploy.arn
  alarm_configuration {
    enabled = true
    alarms  = [aws_cloudwatch_metric_alarm.errors.alarm_name]
  }
  auto_rollback_configuration {
    enabled = true
    events  = ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"]
  }
  blue_green_deployment_config {
    deployment_ready_option {
      action_on_timeout = "CONTINUE_DEPLOYMENT"
    }
    terminate_blue_instances_on_deployment_success {
      action                           = "TERMINATE"
      termination_wait_time_in_minutes = 5
    }
  }
  deployment_style {
    deployment_option = "WITH_TRAFFIC_CONTROL"
    deployment_type   = "BLUE_GREEN"
  }
  ecs_service {
    cluster_name = aws_ecs_cluster.main.name
    service_name = aws_ecs_service.api.name
  }
  load_balancer_info {
    target_group_pair_info {
      prod_traffic_route {
        listener_arns = [aws_lb_listener.prod.arn]
      }
      target_group {
        name = aws_lb_target_group.color["blue"].name
      }
      target_group {
        name = aws_lb_target_group.color["green"].name
      }
    }
  }
  depends_on = [aws_iam_role_policy_attachment.codedeploy]
}

resource "aws_appautoscaling_target" "api" {
  service_namespace  = "ecs"
  resource_id        = "service/${aws_ecs_cluster.main.name}/${aws_ecs_service.api.name}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = 0
  max_capacity       = 10
}

resource "aws_appautoscaling_policy" "api" {
  name               = "cpu"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.api.service_namespace
  resource_id        = aws_appautoscaling_target.api.resource_id
  scalable_dimension = aws_appautoscaling_target.api.scalable_dimension
  target_tracking_scaling_policy_configuration {
    target_value = 50
    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}
