# After silinternational/terraform-modules, aws/vpc, aws/alb and aws/ecs/service-only: a network of zones by index whose one NAT
# gateway can be switched off, and a service over HTTPS. The database is left out; tasks run on Fargate, as the sandbox has it.

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

variable "create_nat_gateway" {
  default = true
}

variable "aws_zones" {
  default = ["us-east-1a", "us-east-1b"]
}

locals {
  app  = "idp-prod"
  tags = { app_name = "idp", app_env = "prod" }
}

resource "aws_vpc" "vpc" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_hostnames = true
  tags                 = merge(local.tags, { Name = "vpc-${local.app}" })
}

resource "aws_subnet" "public_subnet" {
  count             = length(var.aws_zones)
  vpc_id            = aws_vpc.vpc.id
  availability_zone = element(var.aws_zones, count.index)
  cidr_block        = "10.0.${(count.index + 1) * 10}.0/24"
  tags              = merge(local.tags, { Name = "public-${element(var.aws_zones, count.index)}" })
}

resource "aws_subnet" "private_subnet" {
  count             = length(var.aws_zones)
  vpc_id            = aws_vpc.vpc.id
  availability_zone = element(var.aws_zones, count.index)
  cidr_block        = "10.0.${(count.index + 1) * 11}.0/24"
  tags              = merge(local.tags, { Name = "private-${element(var.aws_zones, count.index)}" })
}

resource "aws_internet_gateway" "internet_gateway" {
  vpc_id = aws_vpc.vpc.id
}

resource "aws_eip" "gateway_eip" {
  domain = "vpc"
}

resource "aws_nat_gateway" "nat_gateway" {
  count         = var.create_nat_gateway ? 1 : 0
  allocation_id = aws_eip.gateway_eip.id
  subnet_id     = aws_subnet.public_subnet[0].id
  depends_on    = [aws_internet_gateway.internet_gateway]
}

resource "aws_route_table" "nat_route_table" {
  vpc_id = aws_vpc.vpc.id
}

resource "aws_route" "nat_route" {
  count                  = var.create_nat_gateway ? 1 : 0
  route_table_id         = aws_route_table.nat_route_table.id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = one(aws_nat_gateway.nat_gateway[*].id)
}

resource "aws_route_table_association" "private_route" {
  count          = length(var.aws_zones)
  subnet_id      = aws_subnet.private_subnet[count.index].id
  route_table_id = aws_route_table.nat_route_table.id
}

resource "aws_route_table" "igw_route_table" {
  vpc_id = aws_vpc.vpc.id
}

resource "aws_route" "igw_route" {
  route_table_id         = aws_route_table.igw_route_table.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.internet_gateway.id
}

resource "aws_route_table_association" "public_route" {
  count          = length(var.aws_zones)
  subnet_id      = aws_subnet.public_subnet[count.index].id
  route_table_id = aws_route_table.igw_route_table.id
}

resource "aws_security_group" "alb" {
  name   = "alb-${local.app}"
  vpc_id = aws_vpc.vpc.id
  dynamic "ingress" {
    for_each = [80, 443]
    content {
      protocol    = "tcp"
      from_port   = ingress.value
      to_port     = ingress.value
      cidr_blocks = ["0.0.0.0/0"]
    }
  }
  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_security_group" "service" {
  name   = "service-${local.app}"
  vpc_id = aws_vpc.vpc.id
  ingress {
    protocol        = "tcp"
    from_port       = 80
    to_port         = 80
    security_groups = [aws_security_group.alb.id]
  }
  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_route53_zone" "zone" {
  name = "idp.example.com"
}

resource "aws_acm_certificate" "certificate" {
  domain_name       = "login.${aws_route53_zone.zone.name}"
  validation_method = "DNS"
}

resource "aws_route53_record" "validation" {
  for_each = {
    for option in aws_acm_certificate.certificate.domain_validation_options : option.domain_name => option
  }
  name    = each.value.resource_record_name
  records = [each.value.resource_record_value]
  ttl     = 60
  type    = each.value.resource_record_type
  zone_id = aws_route53_zone.zone.zone_id
}

resource "aws_acm_certificate_validation" "certificate" {
  certificate_arn         = aws_acm_certificate.certificate.arn
  validation_record_fqdns = [for record in aws_route53_record.validation : record.fqdn]
}

resource "aws_alb" "alb" {
  name            = "alb-${local.app}"
  internal        = false
  security_groups = [aws_security_group.alb.id]
  subnets         = aws_subnet.public_subnet[*].id
  tags            = merge(local.tags, { Name = "alb-${local.app}" })
}

resource "aws_alb_target_group" "default" {
  name                 = "tg-${local.app}"
  port                 = 80
  protocol             = "HTTP"
  target_type          = "ip"
  vpc_id               = aws_vpc.vpc.id
  deregistration_delay = 300
  health_check {
    path     = "/site/status"
    interval = 30
    timeout  = 5
    matcher  = "200,204"
  }
}

resource "aws_alb_listener" "https" {
  load_balancer_arn = aws_alb.alb.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS-1-2-2017-01"
  certificate_arn   = aws_acm_certificate_validation.certificate.certificate_arn
  default_action {
    type             = "forward"
    target_group_arn = aws_alb_target_group.default.arn
  }
}

resource "aws_alb_listener" "redirect" {
  load_balancer_arn = aws_alb.alb.arn
  port              = 80
  protocol          = "HTTP"
  default_action {
    type = "redirect"
    redirect {
      port        = "443"
      protocol    = "HTTPS"
      status_code = "HTTP_301"
    }
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
  name               = "execution-${local.app}"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy_attachment" "execution" {
  role       = aws_iam_role.execution.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

resource "aws_ecs_cluster" "cluster" {
  name = local.app
}

resource "aws_ecs_task_definition" "td" {
  family                   = local.app
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = aws_iam_role.execution.arn
  container_definitions = jsonencode([{
    name         = "web"
    image        = "123456789012.dkr.ecr.us-east-1.amazonaws.com/idp:develop"
    essential    = true
    portMappings = [{ containerPort = 80, hostPort = 80, protocol = "tcp" }]
  }])
}

resource "aws_ecs_service" "service" {
  name                               = "idp"
  cluster                            = aws_ecs_cluster.cluster.id
  launch_type                        = "FARGATE"
  task_definition                    = aws_ecs_task_definition.td.arn
  desired_count                      = 2
  deployment_minimum_healthy_percent = 50
  deployment_maximum_percent         = 200

  network_configuration {
    subnets         = aws_subnet.private_subnet[*].id
    security_groups = [aws_security_group.service.id]
  }

  load_balancer {
    target_group_arn = aws_alb_target_group.default.arn
    container_name   = "web"
    container_port   = 80
  }

  depends_on = [aws_alb_listener.https, aws_iam_role_policy_attachment.execution]
}
