"""Public answers without their rows: what is taken out of words, how they are found, what feedback makes of them."""
