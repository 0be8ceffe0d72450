"""The wire's shapes: requests are refused unless they fit, answers are checked against them."""
