using System.Net;
using System.Net.Mime;
using System.Text;
using System.Text.Json;

namespace Bailiwick.Benchmarks;

/// <summary>Single requests of a benchmark: to set something up, and where one answer is what is measured.</summary>
internal static class Rest
{
    /// <summary>Sends a request and reads its answer; null where that has no body.</summary>
    /// <exception cref="BenchmarkException">It has another status than the one wanted.</exception>
    public static async Task<JsonDocument?> CallAsync(this HttpClient client, HttpMethod method, string path, string? body, HttpStatusCode wanted, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, MediaTypeNames.Application.Json);
        request.Headers.Accept.ParseAdd(MediaTypeNames.Application.Json);
        using var answer = await client.SendAsync(request, stop);
        var text = await answer.Content.ReadAsStringAsync(stop);
        if (answer.StatusCode != wanted) throw new BenchmarkException($"{method} {path} was answered {(int)answer.StatusCode}, not {(int)wanted}: {text}");
        return text.Length == 0 ? null : JsonDocument.Parse(text);
    }

    /// <summary>Makes something and answers the id that it was given.</summary>
    public static async Task<string> MakeAsync(this HttpClient client, string path, string body, CancellationToken stop)
    {
        using var made = await client.CallAsync(HttpMethod.Post, path, body, HttpStatusCode.Created, stop);
        var id = made!.RootElement.GetProperty("id");
        return id.ValueKind == JsonValueKind.String ? id.GetString()! : id.GetRawText();
    }

    /// <summary>The status of a GET, whatever it is.</summary>
    public static async Task<HttpStatusCode> StatusAsync(this HttpClient client, string path, CancellationToken stop)
    {
        using var answer = await client.GetAsync(new Uri(path, UriKind.Relative), stop);
        return answer.StatusCode;
    }
}
