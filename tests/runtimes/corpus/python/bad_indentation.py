def handler(event, context):
  x = 1
     y = 2
