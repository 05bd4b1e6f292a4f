"""The job queue (RQ on Redis), and which jobs in it are accepted."""
