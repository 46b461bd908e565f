using System.Globalization;
using System.Text.Json;

namespace Bailiwick.Compatibility.Tests.Decisions;

/// <summary>What a step demands of its answer. A failure tells the row, the step, what was expected, and what was got.</summary>
internal sealed class Expectation(DecisionWorld world, DecisionStep step, string where)
{
    public void Require(HttpResponseMessage answer, string text)
    {
        var isAsWanted = step.Status is { } status ? (int)answer.StatusCode == status : answer.IsSuccessStatusCode;
        if (!isAsWanted) Fail(step.Status is { } wanted ? $"{wanted}" : "success", $"{(int)answer.StatusCode} {text}");
        if (step.Contains is { } parts)
            foreach (var part in parts.Select(world.World.Spell))
                if (!text.Contains(part, StringComparison.Ordinal)) Fail($"'{part}' in the answer", text);
        if (step is { Error: null, Ids: null, Total: null, Pages: null, Count: null, Has: null, Lacks: null }) return;

        using var body = Parse(text);
        RequireList(body.RootElement);
        if (step.Error is { } error) RequireValue(body.RootElement, "error", JsonSerializer.SerializeToElement(error));
        if (step.Count is { } count) Same(count.ToString(CultureInfo.InvariantCulture), body.RootElement.GetRawText());
        foreach (var (path, value) in step.Has ?? new Dictionary<string, JsonElement>()) RequireValue(body.RootElement, path, value);
        foreach (var path in step.Lacks ?? [])
            if (At(body.RootElement, path) is { } there) Fail($"nothing at {path}", there.GetRawText());
    }

    private void RequireList(JsonElement body)
    {
        if (step.Total is { } total) RequireValue(body, "statistics.totalElements", JsonSerializer.SerializeToElement(total));
        if (step.Pages is { } pages) RequireValue(body, "statistics.totalPages", JsonSerializer.SerializeToElement(pages));
        if (step.Ids is not { } ids) return;
        var list = body.EnumerateObject().FirstOrDefault(member => member.Value.ValueKind == JsonValueKind.Array);
        if (list.Value.ValueKind != JsonValueKind.Array) Fail("a list", body.GetRawText());
        var found = list.Value.EnumerateArray().Select(each => NameOf(list.Name, each)).OfType<string>();
        Same(string.Join(' ', ids.Order(StringComparer.Ordinal)), string.Join(' ', found.Order(StringComparer.Ordinal)));
    }

    private string? NameOf(string collection, JsonElement each) => collection == "references"
        ? world.NameOf("managedObjects", each.GetProperty("managedObject").GetProperty("id").GetString()!)
        : world.NameOf(collection, each.GetProperty("id").ToString());

    private void RequireValue(JsonElement body, string path, JsonElement wanted)
    {
        if (At(body, path) is not { } found)
        {
            Fail($"{path} = {wanted.GetRawText()}", body.GetRawText());
            return;
        }
        if (wanted.ValueKind == JsonValueKind.Object && found.ValueKind == JsonValueKind.Object) return;
        using var spelt = JsonDocument.Parse(world.World.Spell(wanted.GetRawText()));
        if (!JsonElement.DeepEquals(spelt.RootElement, found)) Fail($"{path} = {spelt.RootElement.GetRawText()}", found.GetRawText());
    }

    private JsonElement? At(JsonElement at, string path)
    {
        foreach (var part in world.World.Spell(path).Split('.'))
        {
            if (at.ValueKind == JsonValueKind.Array && int.TryParse(part, CultureInfo.InvariantCulture, out var index) && index < at.GetArrayLength()) at = at[index];
            else if (at.ValueKind == JsonValueKind.Object && at.TryGetProperty(part, out var member)) at = member;
            else return null;
        }
        return at;
    }

    private JsonDocument Parse(string text)
    {
        try
        {
            return JsonDocument.Parse(text);
        }
        catch (JsonException)
        {
            Fail("JSON", text);
            throw;
        }
    }

    private void Same(string wanted, string got)
    {
        if (wanted != got) Fail(wanted, got);
    }

    private void Fail(string wanted, string got) => Assert.Fail($"{where}\nexpected: {wanted}\ngot: {got}");
}
