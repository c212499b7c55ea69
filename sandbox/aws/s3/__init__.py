"""S3: buckets, their policies, and requests that it refuses."""
