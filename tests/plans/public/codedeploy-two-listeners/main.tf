# After shashimal/tf-ecs-blue-green: CodeDeploy's blue/green of one service, with a listener for production and one for tests
# on a public load balancer, in modules. Its hook's function is left out (a runtime that the sandbox does not have).

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

data "aws_vpc" "this" {
  default = true
}

data "aws_subnets" "this" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.this.id]
  }
  filter {
    name   = "availability-zone"
    values = ["us-east-1a", "us-east-1b"]
  }
}

resource "aws_security_group" "alb" {
  name        = "cook-alb"
  description = "cook-alb"
  vpc_id      = data.aws_vpc.this.id

  dynamic "ingress" {
    for_each = toset([80, 8082])
    content {
      from_port   = ingress.value
      to_port     = ingress.value
      protocol    = "tcp"
      cidr_blocks = ["0.0.0.0/0"]
    }
  }

  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_security_group" "service" {
  name        = "cook-service"
  description = "cook-service"
  vpc_id      = data.aws_vpc.this.id
}

resource "aws_security_group_rule" "service_in" {
  type                     = "ingress"
  from_port                = 80
  to_port                  = 80
  protocol                 = "tcp"
  security_group_id        = aws_security_group.service.id
  source_security_group_id = aws_security_group.alb.id
}

resource "aws_security_group_rule" "service_out" {
  type              = "egress"
  description       = "Full outbound access"
  from_port         = 0
  to_port           = 0
  protocol          = "-1"
  cidr_blocks       = ["0.0.0.0/0"]
  security_group_id = aws_security_group.service.id
}

module "alb" {
  source          = "./alb"
  name            = "cook"
  security_groups = [aws_security_group.alb.id]
  subnets         = data.aws_subnets.this.ids
  vpc_id          = data.aws_vpc.this.id
}

module "service" {
  source         = "./service"
  name           = "cook"
  target_group   = module.alb.blue.arn
  subnets        = data.aws_subnets.this.ids
  security_group = aws_security_group.service.id
  depends_on     = [module.alb]
}

data "aws_iam_policy_document" "codedeploy" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["codedeploy.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "codedeploy" {
  name               = "cook-codedeploy"
  assume_role_policy = data.aws_iam_policy_document.codedeploy.json
}

resource "aws_iam_role_policy_attachment" "codedeploy" {
  role       = aws_iam_role.codedeploy.name
  policy_arn = "arn:aws:iam::aws:policy/AWSCodeDeployRoleForECS"
}

resource "aws_codedeploy_app" "this" {
  name             = "cook-service"
  compute_platform = "ECS"
}

resource "aws_codedeploy_deployment_group" "this" {
  app_name               = aws_codedeploy_app.this.name
  deployment_group_name  = "cook-service-group"
  deployment_config_name = "CodeDeployDefault.ECSAllAtOnce"
  service_role_arn       = aws_iam_role.codedeploy.arn

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
      termination_wait_time_in_minutes = 60
    }
  }

  deployment_style {
    deployment_option = "WITH_TRAFFIC_CONTROL"
    deployment_type   = "BLUE_GREEN"
  }

  ecs_service {
    cluster_name = module.service.cluster
    service_name = module.service.service
  }

  load_balancer_info {
    target_group_pair_info {
      prod_traffic_route {
        listener_arns = [module.alb.prod_listener]
      }
      test_traffic_route {
        listener_arns = [module.alb.test_listener]
      }
      target_group {
        name = module.alb.blue.name
      }
      target_group {
        name = module.alb.green.name
      }
    }
  }
}

output "prod_listener" {
  value = module.alb.prod_listener
}

output "test_listener" {
  value = module.alb.test_listener
}

output "green" {
  value = module.alb.green.arn
}
