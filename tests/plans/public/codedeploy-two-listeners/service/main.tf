variable "name" {}
variable "target_group" {}
variable "subnets" {}
variable "security_group" {}

data "aws_iam_policy_document" "tasks" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "tasks" {
  name               = "${var.name}-tasks"
  assume_role_policy = data.aws_iam_policy_document.tasks.json
}

resource "aws_iam_role_policy_attachment" "tasks" {
  role       = aws_iam_role.tasks.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

resource "aws_ecs_cluster" "this" {
  name = var.name
}

resource "aws_ecs_task_definition" "this" {
  family                   = "ecs-${var.name}"
  cpu                      = "256"
  memory                   = "512"
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  task_role_arn            = aws_iam_role.tasks.arn
  execution_role_arn       = aws_iam_role.tasks.arn

  container_definitions = jsonencode([{
    name         = var.name
    image        = "123456789012.dkr.ecr.us-east-1.amazonaws.com/cook-service:latest"
    essential    = true
    portMappings = [{ containerPort = 80 }]
  }])
}

resource "aws_ecs_service" "this" {
  name                              = "${var.name}-service"
  cluster                           = aws_ecs_cluster.this.id
  task_definition                   = aws_ecs_task_definition.this.arn
  desired_count                     = 1
  enable_ecs_managed_tags           = true
  health_check_grace_period_seconds = 60
  launch_type                       = "FARGATE"
  propagate_tags                    = "SERVICE"
  platform_version                  = "1.4.0"

  deployment_controller {
    type = "CODE_DEPLOY"
  }

  load_balancer {
    target_group_arn = var.target_group
    container_name   = var.name
    container_port   = 80
  }

  network_configuration {
    security_groups  = [var.security_group]
    subnets          = var.subnets
    assign_public_ip = true
  }

  lifecycle {
    ignore_changes = [task_definition, load_balancer]
  }
}

output "cluster" {
  value = aws_ecs_cluster.this.name
}

output "service" {
  value = aws_ecs_service.this.name
}
