# The images for several architectures, for a registry of yours:
#   REGISTRY=registry.example/photos/ TAG=0.1.0 docker buildx bake --file docker-bake.hcl --push
# Of another architecture than the builder's they are built by emulation, which takes its time.

variable "REGISTRY" { default = "" }
variable "TAG" { default = "dev" }
# .env.example and es_config/pom.xml have it too
variable "ELASTICSEARCH_VERSION" { default = "9.4.3" }
# names of built-in models; vgg16 downloads its weights
variable "MODELS" { default = "efficientnet_lite0" }

group "default" { targets = ["elasticsearch", "sidecar", "commands"] }

target "common" {
  context   = "."
  platforms = ["linux/amd64", "linux/arm64"]
}

target "elasticsearch" {
  inherits   = ["common"]
  dockerfile = "es_config/plugin/Dockerfile"
  args       = { ELASTICSEARCH_VERSION = ELASTICSEARCH_VERSION }
  tags       = ["${REGISTRY}image-synset-elasticsearch:${ELASTICSEARCH_VERSION}"]
}

target "sidecar" {
  inherits   = ["common"]
  dockerfile = "sidecar/Dockerfile"
  args       = { MODELS = MODELS }
  tags       = ["${REGISTRY}image-synset-sidecar:${TAG}"]
}

target "commands" {
  inherits   = ["common"]
  dockerfile = "scripts/Dockerfile"
  tags       = ["${REGISTRY}image-synset-commands:${TAG}"]
}
