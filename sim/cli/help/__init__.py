"""What helps at the prompt: examples in the help of commands, and completion by the shell."""
