"""AI Coder Assistant: the application that this repository freezes."""
