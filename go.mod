module cordon

go 1.26
