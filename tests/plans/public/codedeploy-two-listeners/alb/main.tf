variable "name" {}
variable "security_groups" {}
variable "subnets" {}
variable "vpc_id" {}

resource "aws_alb" "this" {
  name               = var.name
  internal           = false
  load_balancer_type = "application"
  security_groups    = var.security_groups
  subnets            = var.subnets
}

resource "aws_alb_target_group" "blue" {
  name        = "${var.name}-blue"
  port        = 80
  protocol    = "HTTP"
  vpc_id      = var.vpc_id
  target_type = "ip"

  health_check {
    healthy_threshold   = 2
    interval            = 30
    matcher             = "200"
    path                = "/"
    port                = 80
    timeout             = 5
    unhealthy_threshold = 2
  }
}

resource "aws_alb_target_group" "green" {
  name        = "${var.name}-green"
  port        = 80
  protocol    = "HTTP"
  vpc_id      = var.vpc_id
  target_type = "ip"

  health_check {
    healthy_threshold   = 2
    interval            = 30
    matcher             = "200"
    path                = "/"
    port                = 80
    timeout             = 5
    unhealthy_threshold = 2
  }
}

resource "aws_lb_listener" "prod_traffic" {
  load_balancer_arn = aws_alb.this.arn
  port              = 80

  default_action {
    type             = "forward"
    target_group_arn = aws_alb_target_group.blue.arn
  }

  lifecycle {
    # prod: CodeDeploy swaps them
    ignore_changes = [default_action]
  }
}

resource "aws_lb_listener" "test_traffic" {
  load_balancer_arn = aws_alb.this.arn
  port              = 8082

  default_action {
    type             = "forward"
    target_group_arn = aws_alb_target_group.blue.arn
  }

  lifecycle {
    # test: CodeDeploy swaps them
    ignore_changes = [default_action]
  }
}

output "blue" {
  value = aws_alb_target_group.blue
}

output "green" {
  value = aws_alb_target_group.green
}

output "prod_listener" {
  value = aws_lb_listener.prod_traffic.arn
}

output "test_listener" {
  value = aws_lb_listener.test_traffic.arn
}
