using System.Net;
using System.Text;
using System.Text.Json;

namespace Bailiwick.Demo;

/// <summary>One user of the REST interface.</summary>
internal sealed class Rest(HttpClient http)
{
    public Task<JsonElement> GetAsync(string path, CancellationToken stop) => SendAsync(HttpMethod.Get, path, null, null, stop);

    public Task<JsonElement> PostAsync(string path, string body, CancellationToken stop) => SendAsync(HttpMethod.Post, path, body, null, stop);

    public Task<JsonElement> PutAsync(string path, string body, CancellationToken stop) => SendAsync(HttpMethod.Put, path, body, null, stop);

    /// <summary>The same where another status is expected, too.</summary>
    public Task<JsonElement> PostAsync(string path, string body, HttpStatusCode orElse, CancellationToken stop) => SendAsync(HttpMethod.Post, path, body, orElse, stop);

    /// <summary>How many rows a list has for this user; null when it may not ask.</summary>
    public async Task<long?> CountAsync(string path, CancellationToken stop)
    {
        var page = await SendAsync(HttpMethod.Get, $"{path}?pageSize=1&withTotalElements=true", null, HttpStatusCode.Forbidden, stop);
        return page.TryGetProperty("statistics", out var statistics) ? statistics.GetProperty("totalElements").GetInt64() : null;
    }

    private async Task<JsonElement> SendAsync(HttpMethod method, string path, string? body, HttpStatusCode? orElse, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await http.SendAsync(request, stop);
        var text = await answer.Content.ReadAsStringAsync(stop);
        if (!answer.IsSuccessStatusCode && answer.StatusCode != orElse) throw new DemoException($"{method} {path} was answered {(int)answer.StatusCode}: {text}");
        return text.Length == 0 ? default : JsonDocument.Parse(text).RootElement.Clone();
    }
}
