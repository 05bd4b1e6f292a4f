"""The parts that `./dev up` and the live tests run: Redis, S3 storage, clamd, MariaDB, Ceph and the service itself."""
