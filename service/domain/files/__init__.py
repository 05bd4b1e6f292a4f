"""Files: views, download links, deletion, receipts."""
