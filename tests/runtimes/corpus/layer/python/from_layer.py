VALUE = "below python"
