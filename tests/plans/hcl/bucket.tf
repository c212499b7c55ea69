# The bucket of a state, and one whose old object a replacement could not delete.
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 5.100.0" }
  }
}

provider "aws" {
  region = "us-east-1"
}

resource "aws_s3_bucket" "state" {
  bucket = "state-of-the-shop"
}

resource "aws_s3_bucket" "files" {
  bucket_prefix = "files-"
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_s3_object" "file" {
  bucket  = aws_s3_bucket.files.id
  key     = "file"
  content = "old"
  lifecycle {
    ignore_changes = [bucket]
  }
}
