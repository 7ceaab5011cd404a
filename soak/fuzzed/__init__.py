"""What is fed with damaged input: importers, pictures, model files, addresses, requests, commands."""
