# After trussworks/terraform-aws-ecs-service and its example with a load balancer: a service as a module whose containers are
# released by something else (what is in them is exempt, and so is the service's revision), from when it still counted services.

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
  name        = "app"
  environment = "prod"
}

resource "aws_security_group" "lb" {
  name        = "lb-${local.name}"
  description = "Load balancer of ${local.name}"
  vpc_id      = data.aws_vpc.main.id
}

resource "aws_security_group_rule" "lb_http" {
  description       = "HTTP"
  security_group_id = aws_security_group.lb.id
  type              = "ingress"
  protocol          = "tcp"
  from_port         = 80
  to_port           = 80
  cidr_blocks       = ["0.0.0.0/0"]
}

resource "aws_security_group_rule" "lb_outbound" {
  description       = "All outbound"
  security_group_id = aws_security_group.lb.id
  type              = "egress"
  protocol          = "-1"
  from_port         = 0
  to_port           = 0
  cidr_blocks       = ["0.0.0.0/0"]
}

resource "aws_lb" "main" {
  name            = local.name
  subnets         = data.aws_subnets.main.ids
  security_groups = [aws_security_group.lb.id]
}

resource "aws_lb_target_group" "http" {
  name                 = "${local.name}-8080"
  port                 = 8080
  protocol             = "HTTP"
  target_type          = "ip"
  vpc_id               = data.aws_vpc.main.id
  deregistration_delay = 90
  health_check {
    path    = "/health"
    matcher = "200"
  }
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.main.arn
  port              = 80
  protocol          = "HTTP"
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.http.arn
  }
}

resource "aws_ecs_cluster" "main" {
  name = local.name
}

module "app" {
  source            = "./service"
  name              = local.name
  environment       = local.environment
  logs_group        = "/ecs/${local.environment}/${local.name}"
  logs_retention    = 90
  cluster           = aws_ecs_cluster.main
  vpc_id            = data.aws_vpc.main.id
  subnet_ids        = data.aws_subnets.main.ids
  lb_security_group = aws_security_group.lb.id
  lb_target_group   = aws_lb_target_group.http.arn
  container_port    = 8080
  alarm_cpu         = 80
  tasks             = 2
  tasks_max_percent = 200
  tasks_min_percent = 100
  exec_enabled      = false

  depends_on = [aws_lb_listener.http]
}
