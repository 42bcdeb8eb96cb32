"""What every room stands on: database, access rules, audit, jobs, mail, files, languages, clock."""
