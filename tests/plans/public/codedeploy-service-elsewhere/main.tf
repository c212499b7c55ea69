# After yuma-pablic/aws-ecs-with-terraform: CodeDeploy's blue/green, where another tool (ecspresso) makes the service, and no
# listener is exempt from what Terraform sets. Target groups have fixed names and are made before the old ones are deleted;
# the network reaches ECR and the logs through endpoints only. Front end, database and management server are left out.

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
  prefix = "dev-sbcntr"
}

resource "aws_vpc" "main" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_hostnames = true
}

resource "aws_subnet" "private" {
  for_each          = { a = "10.0.8.0/24", c = "10.0.9.0/24" }
  vpc_id            = aws_vpc.main.id
  cidr_block        = each.value
  availability_zone = "us-east-1${each.key}"
}

resource "aws_subnet" "egress" {
  for_each          = { a = "10.0.248.0/24", c = "10.0.249.0/24" }
  vpc_id            = aws_vpc.main.id
  cidr_block        = each.value
  availability_zone = "us-east-1${each.key}"
}

resource "aws_security_group" "internal" {
  name        = "internal"
  description = "Security group for internal load balancer"
  vpc_id      = aws_vpc.main.id
  ingress {
    description = "From the front end"
    from_port   = 80
    to_port     = 80
    protocol    = "tcp"
    cidr_blocks = ["10.0.0.0/16"]
  }
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_security_group" "api" {
  name        = "${local.prefix}-sg-api"
  description = "Security Group of backend app"
  vpc_id      = aws_vpc.main.id
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_security_group_rule" "api_from_internal" {
  type                     = "ingress"
  description              = "HTTP for internal lb"
  from_port                = 80
  to_port                  = 80
  protocol                 = "tcp"
  source_security_group_id = aws_security_group.internal.id
  security_group_id        = aws_security_group.api.id
}

resource "aws_security_group" "vpce" {
  name        = "egress"
  description = "Security Group of VPC Endpoint"
  vpc_id      = aws_vpc.main.id
}

resource "aws_security_group_rule" "vpce_from_api" {
  type                     = "ingress"
  description              = "HTTPS for Container App"
  from_port                = 443
  to_port                  = 443
  protocol                 = "tcp"
  source_security_group_id = aws_security_group.api.id
  security_group_id        = aws_security_group.vpce.id
}

resource "aws_vpc_endpoint" "ecr_dkr" {
  vpc_id              = aws_vpc.main.id
  service_name        = "com.amazonaws.us-east-1.ecr.dkr"
  private_dns_enabled = true
  vpc_endpoint_type   = "Interface"
  subnet_ids          = [for subnet in aws_subnet.egress : subnet.id]
  security_group_ids  = [aws_security_group.vpce.id]
}

resource "aws_vpc_endpoint" "logs" {
  vpc_id              = aws_vpc.main.id
  service_name        = "com.amazonaws.us-east-1.logs"
  private_dns_enabled = true
  vpc_endpoint_type   = "Interface"
  subnet_ids          = [for subnet in aws_subnet.egress : subnet.id]
  security_group_ids  = [aws_security_group.vpce.id]
}

resource "aws_alb" "internal" {
  name            = "${local.prefix}-alb-internal"
  internal        = true
  security_groups = [aws_security_group.internal.id]
  subnets         = [for subnet in aws_subnet.private : subnet.id]
}

resource "aws_lb_target_group" "api" {
  for_each    = toset(["blue", "green"])
  name        = "${local.prefix}-api-tg-${each.key}"
  port        = 80
  protocol    = "HTTP"
  vpc_id      = aws_vpc.main.id
  target_type = "ip"

  health_check {
    path                = "/healthcheck"
    healthy_threshold   = 3
    unhealthy_threshold = 2
    timeout             = 5
    interval            = 15
    matcher             = 200
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lb_listener" "blue" {
  load_balancer_arn = aws_alb.internal.id
  port              = 80
  protocol          = "HTTP"
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.api["blue"].id
  }
}

resource "aws_lb_listener" "green" {
  load_balancer_arn = aws_alb.internal.id
  port              = 10080
  protocol          = "HTTP"
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.api["green"].id
  }
}

data "aws_iam_policy_document" "assume" {
  for_each = toset(["ecs-tasks", "codedeploy"])
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["${each.key}.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "execution" {
  name               = "${local.prefix}-execution"
  assume_role_policy = data.aws_iam_policy_document.assume["ecs-tasks"].json
}

resource "aws_iam_role" "code_deploy" {
  name               = "${local.prefix}-code-deploy"
  assume_role_policy = data.aws_iam_policy_document.assume["codedeploy"].json
}

resource "aws_iam_role_policy_attachment" "code_deploy" {
  role       = aws_iam_role.code_deploy.name
  policy_arn = "arn:aws:iam::aws:policy/AWSCodeDeployRoleForECS"
}

resource "aws_ecs_cluster" "api" {
  name = "${local.prefix}-api-cluster"
  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "terraform_data" "ecspresso" {
  input = aws_lb_listener.blue.arn

  provisioner "local-exec" {
    command = <<-EOT
      aws ecs register-task-definition --family sbcntr-api --network-mode awsvpc --requires-compatibilities FARGATE \
        --cpu 256 --memory 512 --execution-role-arn ${aws_iam_role.execution.arn} \
        --container-definitions 'name=app,image=registry.example.com/api,portMappings=[{containerPort=80}]'
      aws ecs create-service --cluster ${aws_ecs_cluster.api.name} --service-name sbcntr-api-service \
        --task-definition sbcntr-api --desired-count 2 --launch-type FARGATE --deployment-controller type=CODE_DEPLOY \
        --load-balancers targetGroupArn=${aws_lb_target_group.api["blue"].arn},containerName=app,containerPort=80 \
        --network-configuration 'awsvpcConfiguration={subnets=[${aws_subnet.private["a"].id}],securityGroups=[${aws_security_group.api.id}]}'
    EOT
  }
}

resource "aws_codedeploy_app" "api" {
  compute_platform = "ECS"
  name             = "AppECS-${local.prefix}-api"
}

resource "aws_codedeploy_deployment_group" "api" {
  depends_on             = [terraform_data.ecspresso]
  app_name               = aws_codedeploy_app.api.name
  deployment_group_name  = "DgpECS-${local.prefix}-api"
  service_role_arn       = aws_iam_role.code_deploy.arn
  deployment_config_name = "CodeDeployDefault.ECSAllAtOnce"

  auto_rollback_configuration {
    enabled = true
    events  = ["DEPLOYMENT_FAILURE"]
  }
  ecs_service {
    cluster_name = aws_ecs_cluster.api.name
    service_name = "sbcntr-api-service"
  }
  blue_green_deployment_config {
    deployment_ready_option {
      action_on_timeout = "CONTINUE_DEPLOYMENT"
    }
    terminate_blue_instances_on_deployment_success {
      action                           = "TERMINATE"
      termination_wait_time_in_minutes = 2
    }
  }
  deployment_style {
    deployment_option = "WITH_TRAFFIC_CONTROL"
    deployment_type   = "BLUE_GREEN"
  }
  load_balancer_info {
    target_group_pair_info {
      prod_traffic_route {
        listener_arns = [aws_lb_listener.blue.arn]
      }
      test_traffic_route {
        listener_arns = [aws_lb_listener.green.arn]
      }
      target_group {
        name = aws_lb_target_group.api["blue"].name
      }
      target_group {
        name = aws_lb_target_group.api["green"].name
      }
    }
  }
}

resource "aws_appautoscaling_target" "ecs" {
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${aws_ecs_cluster.api.name}/sbcntr-api-service"
  min_capacity       = 2
  max_capacity       = 4
  depends_on         = [terraform_data.ecspresso]
}

resource "aws_appautoscaling_policy" "ecs" {
  name               = "cpu-auto-scaling"
  service_namespace  = aws_appautoscaling_target.ecs.service_namespace
  scalable_dimension = aws_appautoscaling_target.ecs.scalable_dimension
  resource_id        = aws_appautoscaling_target.ecs.resource_id
  policy_type        = "TargetTrackingScaling"

  target_tracking_scaling_policy_configuration {
    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
    target_value       = 80
    scale_in_cooldown  = 300
    scale_out_cooldown = 300
  }
}

output "blue_listener" {
  value = aws_lb_listener.blue.arn
}

output "green_listener" {
  value = aws_lb_listener.green.arn
}

output "green_group" {
  value = aws_lb_target_group.api["green"].arn
}
