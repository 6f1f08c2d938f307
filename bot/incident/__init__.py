"""One incident: from an issue's label, `/incident` or an alert, until it is over; which release caused it; and who has to know."""
