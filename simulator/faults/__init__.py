"""What goes wrong on the bench beneath the controller: sensors, bus, clock, scheduler, devices; each on demand."""
