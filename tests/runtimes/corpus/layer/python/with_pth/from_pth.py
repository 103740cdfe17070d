VALUE = "through a .pth file"
