"""HTTP and websockets, by who is on the other side: thin shells around the hall and the box."""
