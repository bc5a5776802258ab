"""What is done from a command line, each verb in a module of its own."""
