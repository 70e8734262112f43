"""Events: `journal` commits them, `bus` publishes them, `history` reads them.

No event holds a secret: links, guids and keys are in the table `links` and in the settings
only (`store/links.py`); what goes into an event is made by `Candidate.to_dict`,
`workflow/search_step.summary` and the `record` calls of the steps, which have no link.
"""
