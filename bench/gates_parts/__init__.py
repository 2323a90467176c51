"""The table of the gates, part by part: each module gives `rows(data)`, measured on real data that is not shipped."""
