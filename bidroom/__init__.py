"""BidRoom: a remote bid-opening hall (远程开标大厅)."""
