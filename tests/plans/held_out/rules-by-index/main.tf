# After stroeer/terraform-aws-ecs-fargate and its public example: target groups and listener rules counted out of lists, target
# groups that are made before the old ones are deleted, and target tracking. Deployment pipeline, sidecars and mesh are left out.

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

variable "container_port" {
  default = 8000
}

variable "rules" {
  default = [
    { priority = 100, paths = ["/api/*"], group = 0 },
    { priority = 200, paths = ["/admin/*"], group = 1 },
    { priority = 300, paths = ["/*"], group = 0 },
  ]
}

resource "aws_security_group" "lb" {
  name   = "web-lb"
  vpc_id = data.aws_vpc.main.id
}

resource "aws_vpc_security_group_ingress_rule" "http" {
  security_group_id = aws_security_group.lb.id
  ip_protocol       = "tcp"
  from_port         = 80
  to_port           = 80
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_security_group" "inbound" {
  name   = "web-inbound-from-target-groups"
  vpc_id = data.aws_vpc.main.id
}

resource "aws_vpc_security_group_ingress_rule" "inbound" {
  security_group_id            = aws_security_group.inbound.id
  ip_protocol                  = "tcp"
  from_port                    = var.container_port
  to_port                      = var.container_port
  referenced_security_group_id = aws_security_group.lb.id
}

resource "aws_vpc_security_group_egress_rule" "attachment" {
  security_group_id            = aws_security_group.lb.id
  ip_protocol                  = "tcp"
  from_port                    = var.container_port
  to_port                      = var.container_port
  referenced_security_group_id = aws_security_group.inbound.id
}

resource "aws_vpc_security_group_egress_rule" "outbound" {
  security_group_id = aws_security_group.inbound.id
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_lb" "public" {
  name            = "web"
  subnets         = data.aws_subnets.main.ids
  security_groups = [aws_security_group.lb.id]
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.public.arn
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

resource "aws_alb_target_group" "main" {
  count                = 2
  name_prefix          = ["web-", "admin-"][count.index]
  port                 = var.container_port
  protocol             = "HTTP"
  target_type          = "ip"
  vpc_id               = data.aws_vpc.main.id
  deregistration_delay = 60
  health_check {
    path    = "/health"
    matcher = "200"
  }
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_alb_listener_rule" "public" {
  count        = length(var.rules)
  listener_arn = aws_lb_listener.http.arn
  priority     = var.rules[count.index].priority
  action {
    type             = "forward"
    target_group_arn = aws_alb_target_group.main[var.rules[count.index].group].arn
  }
  condition {
    path_pattern {
      values = var.rules[count.index].paths
    }
  }
}

resource "aws_ecs_cluster" "main" {
  name = "web"
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
  name               = "web-execution"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy_attachment" "execution" {
  role       = aws_iam_role.execution.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

resource "aws_ecs_task_definition" "this" {
  family                   = "web"
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = aws_iam_role.execution.arn
  container_definitions = jsonencode([{
    name         = "web"
    image        = "registry.example.com/web:production"
    essential    = true
    portMappings = [{ containerPort = var.container_port, hostPort = var.container_port, protocol = "tcp" }]
  }])
}

resource "aws_ecs_service" "this" {
  name                               = "web"
  cluster                            = aws_ecs_cluster.main.id
  launch_type                        = "FARGATE"
  task_definition                    = aws_ecs_task_definition.this.arn
  desired_count                      = 2
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  health_check_grace_period_seconds  = 30

  network_configuration {
    subnets          = data.aws_subnets.main.ids
    security_groups  = [aws_security_group.inbound.id]
    assign_public_ip = true
  }

  dynamic "load_balancer" {
    for_each = aws_alb_target_group.main
    content {
      container_name   = "web"
      container_port   = var.container_port
      target_group_arn = load_balancer.value.arn
    }
  }

  lifecycle {
    ignore_changes = [desired_count]
  }

  depends_on = [aws_alb_listener_rule.public, aws_iam_role_policy_attachment.execution]
}

resource "aws_appautoscaling_target" "ecs" {
  service_namespace  = "ecs"
  resource_id        = "service/${aws_ecs_cluster.main.name}/${aws_ecs_service.this.name}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = 2
  max_capacity       = 6
}

resource "aws_appautoscaling_policy" "ecs" {
  name               = "web-auto-scaling"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.ecs.service_namespace
  resource_id        = aws_appautoscaling_target.ecs.resource_id
  scalable_dimension = aws_appautoscaling_target.ecs.scalable_dimension
  target_tracking_scaling_policy_configuration {
    target_value       = 60
    scale_in_cooldown  = 300
    scale_out_cooldown = 30
    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}
