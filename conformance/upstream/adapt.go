package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"testing/fstest"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	decoder "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/gateway-api/conformance"
	"sigs.k8s.io/gateway-api/conformance/utils/suite"
	"sigs.k8s.io/yaml"
)

const (
	baseManifests   = "base/manifests.yaml"
	listenerField   = "listeners"
	egressProtocol  = "sallyport.dev/IP"
	placeholderName = "placeholder"
	// Nodes of Kubernetes 1.35 have it already: their sandboxes run it.
	placeholderImage = "registry.k8s.io/pause:3.10.1"
)

// overlay is the first of its file systems that has the file. Upstream's own list of file systems would concatenate them.
type overlay []fs.FS

func (layers overlay) Open(name string) (fs.File, error) {
	for _, layer := range layers {
		file, err := layer.Open(name)
		if !errors.Is(err, fs.ErrNotExist) {
			return file, err
		}
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// manifests are upstream's, read at run time, with the base and those of the adapted rows rewritten.
func manifests(registry []suite.ConformanceTest) (fs.FS, error) {
	rewritten := fstest.MapFS{}
	base, err := rewrite(baseManifests, adaptBase)
	if err != nil {
		return nil, err
	}
	rewritten[baseManifests] = &fstest.MapFile{Data: base}
	for _, test := range registry {
		if row, found := findRow(test.ShortName); !found || row.How != Adapted {
			continue
		}
		for _, path := range test.Manifests {
			data, err := rewrite(path, adaptTest)
			if err != nil {
				return nil, err
			}
			rewritten[path] = &fstest.MapFile{Data: data}
		}
	}
	return overlay{rewritten, conformance.Manifests}, nil
}

// rewrite answers upstream's manifest, edited; an edit that changes nothing is an error, as the row would then be AsIs.
func rewrite(path string, edit func([]*unstructured.Unstructured) ([]*unstructured.Unstructured, error)) ([]byte, error) {
	before, err := readManifest(path)
	if err != nil {
		return nil, err
	}
	original, err := encode(before)
	if err != nil {
		return nil, err
	}
	after, err := edit(before)
	if err != nil {
		return nil, fmt.Errorf("adapt %s: %w", path, err)
	}
	adapted, err := encode(after)
	if err == nil && bytes.Equal(original, adapted) {
		err = fmt.Errorf("adapt %s: nothing in it needs adapting; call the row %q", path, AsIs)
	}
	return adapted, err
}

// adaptTest makes HTTP listeners IP listeners.
func adaptTest(objects []*unstructured.Unstructured) ([]*unstructured.Unstructured, error) {
	for _, object := range objects {
		if err := speakIP(object); err != nil {
			return nil, err
		}
	}
	return objects, nil
}

// adaptBase keeps the Namespaces and the Gateways whose listeners are plain HTTP, as IP listeners. The backends are left out, as
// nobody asks them anything; the suite wants a Pod in every Namespace, so each has one that does nothing.
func adaptBase(objects []*unstructured.Unstructured) ([]*unstructured.Unstructured, error) {
	var kept []*unstructured.Unstructured
	for _, object := range objects {
		switch object.GetKind() {
		case "Namespace":
			kept = append(kept, object, placeholder(object.GetName()))
		case "Gateway":
			if err := speakIP(object); err != nil {
				return nil, err
			}
			listeners, err := listenersOf(object)
			if err != nil {
				return nil, err
			}
			if !slices.ContainsFunc(listeners, func(listener map[string]any) bool { return listener["protocol"] != egressProtocol }) {
				kept = append(kept, object)
			}
		}
	}
	return kept, nil
}

// A Deployment, as a bare Pod could not be applied again by the next run.
func placeholder(namespace string) *unstructured.Unstructured {
	labels := map[string]any{"app": placeholderName}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apps/v1",
		"kind":       "Deployment",
		"metadata":   map[string]any{"namespace": namespace, "name": placeholderName},
		"spec": map[string]any{
			"selector": map[string]any{"matchLabels": labels},
			"template": map[string]any{
				"metadata": map[string]any{"labels": labels},
				"spec": map[string]any{
					"terminationGracePeriodSeconds": int64(1),
					"containers":                    []any{map[string]any{"name": placeholderName, "image": placeholderImage}},
				},
			},
		},
	}}
}

// speakIP gives the object, when it is a Gateway, IP listeners for HTTP ones. Other protocols stay as they are: tests refuse them.
func speakIP(object *unstructured.Unstructured) error {
	if object.GetKind() != "Gateway" {
		return nil
	}
	listeners, err := listenersOf(object)
	if err != nil {
		return err
	}
	changed := make([]any, 0, len(listeners))
	for _, listener := range listeners {
		if listener["protocol"] == "HTTP" {
			listener["protocol"] = egressProtocol
			delete(listener, "hostname")
		}
		changed = append(changed, listener)
	}
	return unstructured.SetNestedSlice(object.Object, changed, "spec", listenerField)
}

func listenersOf(gateway *unstructured.Unstructured) ([]map[string]any, error) {
	items, _, err := unstructured.NestedSlice(gateway.Object, "spec", listenerField)
	if err != nil {
		return nil, err
	}
	listeners := make([]map[string]any, 0, len(items))
	for _, item := range items {
		listener, ok := item.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("Gateway %s: a listener is %T, not an object", gateway.GetName(), item)
		}
		listeners = append(listeners, listener)
	}
	return listeners, nil
}

func readManifest(path string) ([]*unstructured.Unstructured, error) {
	text, err := fs.ReadFile(conformance.Manifests, path)
	if err != nil {
		return nil, err
	}
	return decode(path, text)
}

func decode(path string, text []byte) ([]*unstructured.Unstructured, error) {
	var objects []*unstructured.Unstructured
	documents := decoder.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096)
	for {
		object := &unstructured.Unstructured{}
		if err := documents.Decode(object); errors.Is(err, io.EOF) {
			return objects, nil
		} else if err != nil {
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
		if len(object.Object) > 0 {
			objects = append(objects, object)
		}
	}
}

func encode(objects []*unstructured.Unstructured) ([]byte, error) {
	var text bytes.Buffer
	for _, object := range objects {
		document, err := yaml.Marshal(object.Object)
		if err != nil {
			return nil, err
		}
		text.WriteString("---\n")
		text.Write(document)
	}
	return text.Bytes(), nil
}
