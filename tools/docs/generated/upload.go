// Upload the file in $FILE with a client from the OpenAPI document, and wait until it is served; print it with its content.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	longshore "example.com/uploads/longshore"
)

func main() {
	path := os.Getenv("FILE")
	body, err := os.ReadFile(path)
	check(err)
	size, name, ctx := int64(len(body)), filepath.Base(path), context.Background()
	settings := longshore.NewConfiguration()
	settings.Servers = longshore.ServerConfigurations{{URL: os.Getenv("LONGSHORE_URL")}}
	api := longshore.NewAPIClient(settings)

	begin := longshore.InitBody{}
	begin.SetFilename(name)
	begin.SetSize(size)
	opened, _, err := api.UploadsAPI.InitUpload(ctx).InitBody(begin).Execute()
	check(err)
	id := opened.Data.UploadId
	again := longshore.RetryUploadBodyAsRetryUploadRequest(longshore.NewRetryUploadBody(id))
	resumed, _, err := api.UploadsAPI.RetryUpload(ctx).RetryUploadRequest(again).Execute()
	check(err)
	if resumed.ResumptionAnswer == nil || len(resumed.ResumptionAnswer.Data.Missing) != 1 {
		check(fmt.Errorf("not one missing chunk: %+v", resumed))
	}
	wish := longshore.NewSignManyBody(id, []longshore.ChunkBody{*longshore.NewChunkBody(0)})
	signed, _, err := api.UploadsAPI.SignChunks(ctx).SignChunksRequest(longshore.SignManyBodyAsSignChunksRequest(wish)).Execute()
	check(err)
	for _, chunk := range signed.Data.Chunks {
		put, err := http.NewRequest(chunk.Method, chunk.Url, bytes.NewReader(body))
		check(err)
		for header, text := range chunk.Headers {
			put.Header.Set(header, text)
		}
		reply, err := http.DefaultClient.Do(put)
		check(err)
		if reply.StatusCode != 200 {
			check(fmt.Errorf("storage: %s", reply.Status))
		}
	}
	done := *longshore.NewCompleteBody(id, 1, size, name, "text/plain")
	_, _, err = api.UploadsAPI.CompleteUpload(ctx).CompleteBody(done).Execute()
	check(err)
	for {
		status, _, err := api.FilesAPI.GetFileStatus(ctx, opened.Data.FileId).Execute()
		check(err)
		if status.Data.Stage == "ready" {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	file, _, err := api.FilesAPI.GetFile(ctx, opened.Data.FileId).Execute()
	check(err)
	served, err := http.Get(file.Data.GetDownloadUrl())
	check(err)
	content, err := io.ReadAll(served.Body)
	check(err)
	check(json.NewEncoder(os.Stdout).Encode(map[string]any{"file": file.Data, "content": string(content)}))
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
