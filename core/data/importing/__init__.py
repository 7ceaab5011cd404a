"""Images from elsewhere: CSV, IDX, folders and zips of pictures, torchvision's datasets; checked before they are kept.

::

    files.read_files(files) ─┐
    home.read_home_files() ──┼─► ImportPreview(published, report, title, description) ─► Catalogue(home).add(…)
    downloads (a subprocess)─┘

Nothing is written before a preview has been made, and a preview is only made of data that passed every check.
"""
