# After telia-oss/terraform-aws-ecs-fargate and its example: a service as a module, with a target group whose name holds its
# port and that is made before the old one is deleted, inline policies for secrets, and a circuit breaker.

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
  prefix = "hello-telia"
  port   = 8000
}

resource "aws_security_group" "alb" {
  name        = "${local.prefix}-alb-sg"
  description = "Terraformed security group."
  vpc_id      = data.aws_vpc.main.id
}

resource "aws_security_group_rule" "alb_egress" {
  security_group_id = aws_security_group.alb.id
  type              = "egress"
  protocol          = "-1"
  from_port         = 0
  to_port           = 0
  cidr_blocks       = ["0.0.0.0/0"]
}

resource "aws_security_group_rule" "alb_ingress" {
  security_group_id = aws_security_group.alb.id
  type              = "ingress"
  protocol          = "tcp"
  from_port         = 80
  to_port           = 80
  cidr_blocks       = ["0.0.0.0/0"]
  ipv6_cidr_blocks  = ["::/0"]
}

resource "aws_security_group_rule" "task_ingress" {
  security_group_id        = module.fargate.security_group_id
  type                     = "ingress"
  protocol                 = "tcp"
  from_port                = local.port
  to_port                  = local.port
  source_security_group_id = aws_security_group.alb.id
}

resource "aws_lb" "alb" {
  name               = "${local.prefix}-alb"
  load_balancer_type = "application"
  subnets            = data.aws_subnets.main.ids
  security_groups    = [aws_security_group.alb.id]
}

resource "aws_lb_listener" "alb" {
  load_balancer_arn = aws_lb.alb.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type             = "forward"
    target_group_arn = module.fargate.target_group_arn
  }
}

resource "aws_lb_target_group" "maintenance" {
  name        = "${local.prefix}-maintenance"
  port        = 3000
  protocol    = "HTTP"
  target_type = "ip"
  vpc_id      = data.aws_vpc.main.id
}

resource "aws_ecs_cluster" "cluster" {
  name = "${local.prefix}-cluster"
}

module "fargate" {
  source        = "./service"
  prefix        = local.prefix
  vpc_id        = data.aws_vpc.main.id
  subnets       = data.aws_subnets.main.ids
  cluster_id    = aws_ecs_cluster.cluster.id
  image         = "registry.example.com/hello-world:2024-05-01"
  port          = local.port
  desired_count = 2
  environment   = { TEST_VARIABLE = "TEST_VALUE" }
  secrets       = { API_KEY = "arn:aws:ssm:us-east-1:123456789012:parameter/hello/api-key" }
}
