"""The endpoints for operators, below /api/v1/admin/; all need the scope `admin`."""
