using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Bailiwick.Edge.Http;

namespace Bailiwick.Edge.Tests.Http;

/// <summary>
/// A request and its answer as a file holds them. A case begins with <c>### name</c>; the request follows, line, headers and
/// body; below <c>---</c> stand the calls on grains that it leads to, and the answer.
/// </summary>
internal sealed record GoldenCase(string File, string Name, string Method, string Target, IReadOnlyList<(string Name, string Value)> Headers, string? Body, string Answer)
{
    private static readonly JsonWriterOptions Pretty = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly string[] ShownHeaders = ["Content-Type", "Location", "Allow", "WWW-Authenticate", "Retry-After"];

    private static readonly RouteTree Tree = new(Routes.All);

    public static string Folder => Path.Combine(AppContext.BaseDirectory, "Http", "golden");

    public static IReadOnlyList<GoldenCase> All { get; } = [.. Directory.GetFiles(Folder, "*.http").Order(StringComparer.Ordinal).SelectMany(Read)];

    public static IEnumerable<GoldenCase> Read(string file)
    {
        foreach (var text in System.IO.File.ReadAllText(file).Split("### ", StringSplitOptions.RemoveEmptyEntries))
        {
            var halves = text.Split("\n---\n", 2);
            var lines = halves[0].Split('\n');
            var request = lines[1].Split(' ', 2);
            var blank = Array.FindIndex(lines, 2, line => line.Length == 0);
            var end = blank < 0 ? lines.Length : blank;
            var headers = lines[2..end].Select(line => (line[..line.IndexOf(':', StringComparison.Ordinal)], line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim())).ToList();
            var body = blank < 0 ? null : string.Join('\n', lines[(blank + 1)..]).Trim();
            yield return new GoldenCase(Path.GetFileName(file), lines[0].Trim(), request[0], request[1], headers, string.IsNullOrEmpty(body) ? null : body, halves.Length > 1 ? halves[1].Trim() : "");
        }
    }

    /// <summary>The route that the request means, or null.</summary>
    public Route? Route => Tree.Find(Target.Split('?')[0], [])?.For(HeaderOf("X-HTTP-METHOD") ?? Method);

    public HttpRequestMessage ToRequest()
    {
        var request = RestServer.Request(Method, Target, Body, HeaderOf("Content-Type"));
        foreach (var (name, value) in Headers)
            if (name != "Content-Type") request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }

    /// <summary>The case as a file holds it, with another answer.</summary>
    public string With(string answer)
    {
        var text = new StringBuilder($"### {Name}\n{Method} {Target}\n");
        foreach (var (name, value) in Headers) text.Append(name).Append(": ").Append(value).Append('\n');
        if (Body is not null) text.Append('\n').Append(Body).Append('\n');
        return text.Append("---\n").Append(answer).Append("\n\n").ToString();
    }

    /// <summary>An answer as a file shows it: the calls made, status, the headers that are part of the interface, and the body laid out.</summary>
    public static async Task<string> ShowAsync(HttpResponseMessage answer, IEnumerable<GrainCall> calls)
    {
        var text = new StringBuilder();
        foreach (var call in calls) text.Append("asks ").Append(call.Name).Append(' ').Append(call.Key).Append('\n');
        text.Append((int)answer.StatusCode).Append('\n');
        foreach (var name in ShownHeaders)
            if (answer.Headers.TryGetValues(name, out var values) || answer.Content.Headers.TryGetValues(name, out values))
                text.Append(name).Append(": ").Append(string.Join(", ", values)).Append('\n');
        var body = await answer.Content.ReadAsByteArrayAsync();
        if (body.Length > 0) text.Append('\n').Append(answer.Content.Headers.ContentType?.MediaType == "text/plain" ? Encoding.UTF8.GetString(body) : Layout(body));
        return text.ToString().Trim();
    }

    private static string Layout(byte[] json)
    {
        using var document = JsonDocument.Parse(json);
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Pretty)) document.WriteTo(writer);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private string? HeaderOf(string name) => Headers.FirstOrDefault(header => header.Name == name).Value;
}
