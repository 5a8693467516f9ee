"""The person, and the electronics under the same drivers."""
