"""What turns the crank: the loop on absolute deadlines, the clock, the recorder off the tick."""
