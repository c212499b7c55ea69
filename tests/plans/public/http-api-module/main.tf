# After terraform-aws-modules/terraform-aws-apigateway-v2, examples/vpc-link-http: routes, integrations and links by name in a
# module, to a load balancer. The Lambda function is left out.

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

locals {
  name = "ex-vpc-link-http"
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

resource "aws_security_group" "api" {
  name        = local.name
  description = "API Gateway group for example usage"
  vpc_id      = data.aws_vpc.main.id
}

resource "aws_vpc_security_group_egress_rule" "api" {
  security_group_id = aws_security_group.api.id
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_security_group" "alb" {
  name        = "${local.name}-alb"
  description = "Load balancer"
  vpc_id      = data.aws_vpc.main.id
}

resource "aws_vpc_security_group_ingress_rule" "alb" {
  security_group_id            = aws_security_group.alb.id
  description                  = "HTTP web traffic"
  ip_protocol                  = "tcp"
  from_port                    = 80
  to_port                      = 80
  referenced_security_group_id = aws_security_group.api.id
}

resource "aws_lb" "this" {
  name            = local.name
  internal        = true
  subnets         = data.aws_subnets.main.ids
  security_groups = [aws_security_group.alb.id]
}

resource "aws_lb_listener" "this" {
  for_each          = toset(["default"])
  load_balancer_arn = aws_lb.this.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type = "fixed-response"
    fixed_response {
      content_type = "text/plain"
      message_body = "Hello, World!"
      status_code  = "200"
    }
  }
}

module "api_gateway" {
  source      = "./api"
  name        = local.name
  description = "HTTP API Gateway with VPC links"

  cors_configuration = {
    allow_headers = ["content-type", "authorization"]
    allow_methods = ["GET", "POST"]
    allow_origins = ["https://www.example.com"]
  }

  burst_limit = 500
  rate_limit  = 1000

  vpc_links = {
    my-vpc = { security_group_ids = [aws_security_group.api.id], subnet_ids = data.aws_subnets.main.ids }
  }

  routes = {
    "GET /alb-internal-route" = { uri = aws_lb_listener.this["default"].arn, vpc_link = "my-vpc" }
    "POST /orders"            = { uri = aws_lb_listener.this["default"].arn, vpc_link = "my-vpc" }
  }
}
