using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Bailiwick.Compatibility.Tests.Rest;

/// <summary>One user of the REST interface of a real server, as a client library would be.</summary>
public sealed class RestClient(HttpClient http)
{
    public Task<Reply> GetAsync(string path, string? accept = "application/json") => SendAsync("GET", path, null, accept);

    public Task<Reply> PostAsync(string path, string body, string? accept = "application/json") => SendAsync("POST", path, body, accept);

    public Task<Reply> PutAsync(string path, string body, string? accept = "application/json") => SendAsync("PUT", path, body, accept);

    public Task<Reply> DeleteAsync(string path, string? body = null) => SendAsync("DELETE", path, body, null);

    public async Task<Reply> SendAsync(string method, string path, string? body, string? accept)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(path, UriKind.RelativeOrAbsolute));
        if (accept is not null) request.Headers.TryAddWithoutValidation("Accept", accept);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }
        using var answer = await http.SendAsync(request);
        return new Reply((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer.Headers.Location, [.. answer.Content.Headers.Allow]);
    }

    /// <summary>Makes a managed object and answers its id.</summary>
    public async Task<string> NewObjectAsync(string body) => (await PostAsync("/inventory/managedObjects", body)).Expect(201).Text("id");
}

/// <summary>What came back.</summary>
public sealed record Reply(int Status, string Body, Uri? Location, IReadOnlyList<string> Allow)
{
    private JsonElement? _json;

    public JsonElement Json => _json ??= JsonDocument.Parse(Body).RootElement.Clone();

    /// <summary>This reply, when it has the status; otherwise the test fails and shows it.</summary>
    public Reply Expect(int status)
    {
        Assert.True(status == Status, $"Expected {status} and got {Status}: {Body}");
        return this;
    }

    /// <summary>This reply, when it is the error of this status and name.</summary>
    public Reply ExpectError(int status, string error)
    {
        Expect(status);
        Assert.Equal(error, Text("error"));
        Assert.NotEmpty(Text("message"));
        Assert.NotEmpty(Text("info"));
        return this;
    }

    public string Text(string name) => Json.GetProperty(name).GetString()!;

    public IEnumerable<JsonElement> List(string name) => Json.GetProperty(name).EnumerateArray();

    public IEnumerable<string> Ids(string name) => List(name).Select(row => row.GetProperty("id").GetString()!);

    public JsonElement Statistics => Json.GetProperty("statistics");
}
