using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Bailiwick.Cluster.Tests.Scenarios;
using Bailiwick.Grains.Abstractions;

namespace Bailiwick.Compatibility.Tests.Scenarios;

/// <summary>A user who asks over HTTP, and is answered or refused as at a grain.</summary>
internal sealed class RestUser(HttpClient client, string tenant, string name, string password)
{
    private readonly AuthenticationHeaderValue _credentials = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{tenant}/{name}:{password}")));

    public string Name => name;

    public async Task<JsonElement> AskAsync(string path)
    {
        using var answer = await SendAsync(HttpMethod.Get, path, null);
        using var document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return document.RootElement.Clone();
    }

    /// <summary>The id at the end of the address that is answered; for what has none, an empty text.</summary>
    public async Task<string> PostAsync(string path, object body)
    {
        using var answer = await SendAsync(HttpMethod.Post, path, body);
        return answer.Headers.Location is { } made ? Uri.UnescapeDataString(made.Segments[^1]) : "";
    }

    public async Task PutAsync(string path, object body) => (await SendAsync(HttpMethod.Put, path, body)).Dispose();

    public async Task DeleteAsync(string path) => (await SendAsync(HttpMethod.Delete, path, null)).Dispose();

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, object? body)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = _credentials;
        if (body is not null) request.Content = new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        var answer = await client.SendAsync(request);
        if (answer.IsSuccessStatusCode) return answer;
        using (answer) throw RefusalOf(answer, $"{name}: {method} {path} {body switch { null => "", _ => JsonSerializer.Serialize(body) }} was answered {await answer.Content.ReadAsStringAsync()}");
    }

    private static Exception RefusalOf(HttpResponseMessage answer, string what) => answer.StatusCode switch
    {
        HttpStatusCode.Unauthorized => new Refusal(RefusalKind.Unauthenticated, "scenario", what),
        HttpStatusCode.Forbidden => new Refusal(RefusalKind.Denied, "scenario", what),
        HttpStatusCode.NotFound => new Refusal(RefusalKind.NotFound, "scenario", what),
        HttpStatusCode.Conflict => new Refusal(RefusalKind.Conflict, "scenario", what),
        HttpStatusCode.UnprocessableEntity => new Refusal(RefusalKind.Invalid, "scenario", what),
        var status => new ScenarioFailedException(string.Create(CultureInfo.InvariantCulture, $"{(int)status} is no refusal: {what}")),
    };
}
