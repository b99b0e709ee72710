// Command tlog-verify checks a copy of a ledger directory with nothing of ours: only Go's own transparency-log packages.
//
//	tlog-verify DIRECTORY [VKEY]
//
// It checks the checkpoint's signature, every tile up to the signed root, every entry against its tile, and the inclusion of a
// sample of entries. Exit status 1 and the first failing entry on stderr if anything does not fit.
package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8
const width = 1 << height

func main() {
	if len(os.Args) < 2 {
		fail("usage: tlog-verify DIRECTORY [VKEY]")
	}
	dir := os.Args[1]
	vkey := ""
	if len(os.Args) > 2 {
		vkey = os.Args[2]
	} else {
		vkey = strings.TrimSpace(string(must(os.ReadFile(filepath.Join(dir, "vkey")))))
	}
	verifier := must(note.NewVerifier(vkey))
	opened := must(note.Open(must(os.ReadFile(filepath.Join(dir, "checkpoint"))), note.VerifierList(verifier)))
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		fail("checkpoint: not of %s", verifier.Name())
	}
	size := must(strconv.ParseInt(lines[1], 10, 64))
	root := must(tlog.ParseHash(lines[2]))
	hashes := tlog.TileHashReader(tlog.Tree{N: size, Hash: root}, tileReader{dir})

	for first := int64(0); first < size; first += width {
		checkBundle(dir, first, min(width, size-first), hashes)
	}
	step := max(1, size/50)
	for index := int64(0); index < size; index += step {
		leaf := must(hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, index)}))[0]
		proof := must(tlog.ProveRecord(size, index, hashes))
		if err := tlog.CheckRecord(proof, size, root, index, leaf); err != nil {
			fail("entry %d: inclusion: %v", index, err)
		}
	}
	fmt.Printf("ok %s size %d root %s\n", lines[0], size, root)
}

func checkBundle(dir string, first, count int64, hashes tlog.HashReader) {
	indexes := make([]int64, count)
	for i := range indexes {
		indexes[i] = tlog.StoredHashIndex(0, first+int64(i))
	}
	leaves, err := hashes.ReadHashes(indexes) // held against the signed root by tlog
	if err != nil {
		fail("entry %d: %v", first, err)
	}
	path := "tile/entries/" + groups(first/width, count)
	bundle, err := os.ReadFile(filepath.Join(dir, path))
	if err != nil {
		fail("entry %d: %v", first, err)
	}
	for i := int64(0); i < count; i++ {
		if len(bundle) < 2 || len(bundle) < 2+int(binary.BigEndian.Uint16(bundle)) {
			fail("entry %d: %s ends inside it", first+i, path)
		}
		entry := bundle[2 : 2+binary.BigEndian.Uint16(bundle)]
		bundle = bundle[2+len(entry):]
		if tlog.RecordHash(entry) != leaves[i] {
			fail("entry %d: %s is not what was signed", first+i, path)
		}
		var frame struct {
			V     int
			Event string
			At    float64
		}
		if json.Unmarshal(entry, &frame) != nil || frame.V < 1 || frame.Event == "" {
			fail("entry %d: not an entry", first+i)
		}
	}
	if len(bundle) != 0 {
		fail("entry %d: %s has bytes after it", first+count-1, path)
	}
}

// tileReader gives tlog the tiles of the public layout, whose paths lack the height.
type tileReader struct{ dir string }

func (r tileReader) Height() int                         { return height }
func (r tileReader) SaveTiles(_ []tlog.Tile, _ [][]byte) {}
func (r tileReader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, tile := range tiles {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		bytes, err := os.ReadFile(filepath.Join(r.dir, path))
		if err != nil {
			return nil, err
		}
		if len(bytes) != tile.W*tlog.HashSize {
			return nil, errors.New(path + " has a wrong length")
		}
		data[i] = bytes
	}
	return data, nil
}

func groups(index, count int64) string {
	path := strings.TrimPrefix(tlog.Tile{H: height, L: 0, N: index, W: int(count)}.Path(), "tile/8/0/")
	return path
}

func must[T any](value T, err error) T {
	if err != nil {
		fail("%v", err)
	}
	return value
}

func fail(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(1)
}
