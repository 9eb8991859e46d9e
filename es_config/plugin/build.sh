#!/bin/sh
# Builds the plugin for the Elasticsearch whose lib folder is given, with a JDK and Maven alone.
# Usage: es_config/plugin/build.sh LIB_FOLDER VERSION MAVEN_OPTION…     leaves its zip in es_config/plugin/target
set -eu
lib=$1 version=$2
shift 2
test -f "$lib/elasticsearch-$version.jar" || { echo "expected Elasticsearch $version in $lib, found $(cd "$lib" && ls elasticsearch-[0-9]*.jar)" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# one jar that stands for all: its manifest lists them, in lines of at most 72 bytes that go on with a space
{
  echo 'Manifest-Version: 1.0'
  (cd "$lib" && printf 'Class-Path:' && printf " file://$PWD/%s" *.jar) | fold -b -w 70 | sed '2,$s/^/ /'
  echo
} > "$work/MANIFEST.MF"
"${JAVA_HOME:+$JAVA_HOME/bin/}jar" --create --file "$work/classpath.jar" --manifest "$work/MANIFEST.MF"
mvn --batch-mode --quiet --file "$(dirname "$0")/../pom.xml" -Des.classpath="$work/classpath.jar" \
  -Delasticsearch.version="$version" -Dmaven.test.skip=true --projects plugin "$@" package
