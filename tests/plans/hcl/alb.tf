# Somebody else's stack: a rolling service behind an application load balancer under its older name, with rules by path.
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 5.100.0" }
  }
}

provider "aws" {
  region = "us-east-1"
}

resource "aws_vpc" "main" {
  cidr_block = "10.3.0.0/16"
}

resource "aws_subnet" "main" {
  count             = 2
  vpc_id            = aws_vpc.main.id
  availability_zone = element(["us-east-1a", "us-east-1b"], count.index)
  cidr_block        = "10.3.${count.index}.0/24"
}

resource "aws_alb" "main" {
  name     = "shop"
  internal = true
  subnets  = aws_subnet.main[*].id
}

resource "aws_alb_target_group" "shop" {
  name        = "shop"
  port        = 80
  protocol    = "HTTP"
  target_type = "ip"
  vpc_id      = aws_vpc.main.id
  health_check {
    path = "/"
  }
}

resource "aws_alb_listener" "http" {
  load_balancer_arn = aws_alb.main.arn
  port              = 80
  protocol          = "HTTP"
  default_action {
    type = "fixed-response"
    fixed_response {
      content_type = "text/plain"
      status_code  = "404"
    }
  }
}

resource "aws_alb_listener_rule" "paths" {
  for_each     = { "/shop/*" = 10, "/basket/*" = 20 }
  listener_arn = aws_alb_listener.http.arn
  priority     = each.value
  action {
    type             = "forward"
    target_group_arn = aws_alb_target_group.shop.arn
  }
  condition {
    path_pattern {
      values = [each.key]
    }
  }
}

resource "aws_ecs_cluster" "main" {
  name = "shop"
}

resource "aws_ecs_task_definition" "shop" {
  family                   = "shop"
  cpu                      = 256
  memory                   = 512
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  container_definitions = jsonencode([{
    name         = "shop"
    image        = "public.ecr.aws/docker/library/nginx:1.29"
    essential    = true
    portMappings = [{ containerPort = 80 }]
  }])
}

resource "aws_ecs_service" "shop" {
  name            = "shop"
  cluster         = aws_ecs_cluster.main.id
  task_definition = aws_ecs_task_definition.shop.arn
  launch_type     = "FARGATE"
  desired_count   = 0
  network_configuration {
    subnets = aws_subnet.main[*].id
  }
  load_balancer {
    target_group_arn = aws_alb_target_group.shop.arn
    container_name   = "shop"
    container_port   = 80
  }
  depends_on = [aws_alb_listener.http]
}
