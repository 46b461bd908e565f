using System.Globalization;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Silo.Settings;

namespace Bailiwick.Silo.Listeners;

/// <summary>
/// Serves <c>/.well-known/security.txt</c> (RFC 9116): whom to tell of a weakness of this installation. That is its operator's to say; where
/// nothing was said there is no such file.
/// </summary>
internal static class SecurityContact
{
    private const string Path = "/.well-known/security.txt";

    public static void MapSecurityContact(this WebApplication app, SiloSettings settings)
    {
        var time = app.Services.GetRequiredService<TimeProvider>();
        app.MapGet(Path, http => AnswerAsync(http, settings.SecurityContact, time));
    }

    private static Task AnswerAsync(HttpContext http, string? contact, TimeProvider time)
    {
        http.Response.ContentType = "text/plain; charset=utf-8";
        if (contact is null)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return http.Response.WriteAsync("The operator of this server has set no Security:Contact.\n");
        }
        var expires = time.GetUtcNow().UtcDateTime.Date.AddDays(Limits.SecurityContactDays).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        return http.Response.WriteAsync($"Contact: {contact}\nExpires: {expires}\nPreferred-Languages: en\n");
    }
}
