"""Joins the parts into a station: models to the eyes, store and wire to the archive, threads to the station."""
