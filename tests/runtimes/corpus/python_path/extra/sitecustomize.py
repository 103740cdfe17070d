import os

os.environ["SITECUSTOMIZED"] = "yes"
