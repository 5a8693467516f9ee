"""The evidence for the safety chain: commands that try to break it and write down what happened. Not in the wheel."""
